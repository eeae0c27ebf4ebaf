import tseslint from 'typescript-eslint';

const WHAT_ERRORS_SAY = 'Errors of libraries quote what they failed at: addresses, tokens, answers. Log codeOf(error).';
const LOG_CALL =
  'CallExpression[callee.property.name=/^(debug|info|warn|error)$/]' +
  ':matches([callee.object.name=/log$/i], [callee.object.property.name=/log$/i])';
const ERROR = '[name=/^(error|err|failure|cause|reason)$/]';

/** What may not be said in a line of the log, nor in a failure's facts, which may get there; and a stack nowhere. */
const noErrorsInWords = [
  // zod's own messages say what is wanted, and no value.
  "NewExpression[callee.name='Failure'] > ObjectExpression MemberExpression[property.name=/^(message|stack)$/]:not([object.name='issue'])",
  `${LOG_CALL} MemberExpression[property.name=/^(message|stack|toString)$/]`,
  `${LOG_CALL} CallExpression[callee.name='String'] > Identifier${ERROR}`,
  `${LOG_CALL} CallExpression[callee.object.name=/^(JSON|util)$/]`,
  `${LOG_CALL} TemplateLiteral > Identifier${ERROR}`,
  `${LOG_CALL} SpreadElement > Identifier${ERROR}`,
  "MemberExpression[property.name='stack']",
].map((selector) => ({ selector, message: WHAT_ERRORS_SAY }));

export default tseslint.config(
  { ignores: ['dist', 'data', 'coverage', 'public'] },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // Numbers in messages are deliberate; anything else in a template is a mistake worth hearing of.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/consistent-type-definitions': 'off',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/sandbox/**'],
    rules: { 'no-console': 'error', 'no-restricted-syntax': ['error', ...noErrorsInWords] },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      // supertest and jest hand out `any`; a test that reads a wrong field fails by itself.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
);
