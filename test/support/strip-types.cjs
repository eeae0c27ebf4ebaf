// Jest's transform: the types are erased by the same code Node uses to run the sources, so line numbers stay true.
const { stripTypeScriptTypes } = require('node:module');

module.exports = {
  process: (source) => ({ code: stripTypeScriptTypes(source, { mode: 'strip' }) }),
};
