/** Stands in bundles for what they leave out. */
module.exports = {};
