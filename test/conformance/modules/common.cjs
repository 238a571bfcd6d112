module.exports = { triple: (/** @type {number} */ value) => value * 3 };
