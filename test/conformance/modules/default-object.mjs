export default { half: (/** @type {number} */ value) => value / 2 };
