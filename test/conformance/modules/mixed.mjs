export const limit = 3;
/** @param {number} value */
export const twice = (value) => value * 2;
