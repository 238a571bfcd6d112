import tseslint from 'typescript-eslint';
import atomicsInTheirLayer from './test/lint/atomics-in-their-layer.mjs';
import noFixedSleep from './test/lint/no-fixed-sleep.mjs';
import noPollLoop from './test/lint/no-poll-loop.mjs';
import noRuntimeNamesInSrc from './test/lint/no-runtime-names-in-src.mjs';

const SHIPPED = ['src/**/*.ts', 'adapters/**/*.ts', 'workers/**/*.ts'];

/** The files that own timers: everything else waits on facts. */
const TIMER_OWNERS = ['adapters/**', 'src/pacing/**'];

/** @type {import('eslint').Linter.Config[]} */
const config = [
  { ignores: ['dist/', '**/node_modules/', 'coverage/', '.cache/', 'test/deno/', '**/syntax-error.mjs'] },

  ...tseslint.configs.recommended.map((/** @type {import('eslint').Linter.Config} */ base) => ({
    ...base,
    files: ['**/*.{ts,js,mjs}'],
  })),
  {
    name: 'everywhere',
    files: ['**/*.{ts,js,mjs}'],
    plugins: {
      reveille: {
        rules: {
          'atomics-in-their-layer': atomicsInTheirLayer,
          'no-fixed-sleep': noFixedSleep,
          'no-poll-loop': noPollLoop,
          'no-runtime-names-in-src': noRuntimeNamesInSrc,
        },
      },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      'reveille/no-fixed-sleep': 'error',
      'reveille/no-poll-loop': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      // A thrown or awaited expression statement as in `x satisfies Y` or `a && b()`.
      '@typescript-eslint/no-unused-expressions': ['error', { allowShortCircuit: true, allowTernary: true }],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-var': 'error',
      'prefer-const': 'error',
      'object-shorthand': 'error',
      // `String.fromCharCode.apply` on a view is what the engines optimise.
      'prefer-spread': 'off',
      'no-restricted-imports': [
        'error',
        { patterns: [{ group: ['node:test', 'bun:test'], message: 'Tests use vitest' }] },
      ],
      quotes: ['error', 'single', { avoidEscape: true, allowTemplateLiterals: true }],
      semi: 'error',
      'max-len': ['error', { code: 120, tabWidth: 2, ignoreUrls: true, ignoreRegExpLiterals: true }],
      'no-tabs': 'error',
      'no-trailing-spaces': 'error',
      'eol-last': 'error',
    },
  },

  {
    name: 'type facts',
    files: SHIPPED,
    plugins: { '@typescript-eslint': tseslint.plugin },
    languageOptions: { parserOptions: { project: './tsconfig.package.json' } },
    rules: {
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-unnecessary-type-assertion': 'error',
      '@typescript-eslint/only-throw-error': ['error', { allowThrowingUnknown: true, allowRethrowing: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
    },
  },
  {
    name: 'shipped code',
    files: SHIPPED,
    // No comment switches a rule off here.
    linterOptions: { noInlineConfig: true },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/ban-ts-comment': [
        'error',
        { 'ts-expect-error': true, 'ts-ignore': true, 'ts-nocheck': true },
      ],
      'reveille/atomics-in-their-layer': 'error',
      'max-lines': ['warn', { max: 250 }],
    },
  },
  {
    name: 'src knows no runtime',
    files: ['src/**/*.ts'],
    rules: { 'reveille/no-runtime-names-in-src': 'error' },
  },
  {
    name: 'layers that work with files, processes and sockets',
    files: ['src/process/**', 'src/rpc/**', 'src/cli/**', 'src/testing/**'],
    rules: { 'reveille/no-runtime-names-in-src': ['error', { nodeModules: true }] },
  },
  {
    name: 'what RPC stands on',
    files: ['src/rpc/**', 'src/rpc.ts'],
    rules: {
      'reveille/no-runtime-names-in-src': ['error', { nodeModules: true, packages: ['comlink', 'msgpackr'] }],
    },
  },
  { files: ['src/memory/atomic.ts'], rules: { 'reveille/atomics-in-their-layer': ['error', 'words'] } },
  { files: ['src/signal/doorbell.ts'], rules: { 'reveille/atomics-in-their-layer': ['error', 'parking'] } },
  // The explorer puts its own functions in the place of these, and talks to its threads past them.
  { files: ['src/testing/explore/**'], rules: { 'reveille/atomics-in-their-layer': 'off' } },
  // A value that the codec refuses is thrown as a sentinel: an error would record a stack trace for nobody, on a hot
  // path.
  { files: ['src/channel/codec/**'], rules: { '@typescript-eslint/only-throw-error': 'off' } },
  // What these show is the habit that the package replaces.
  { files: ['examples/before-after/**'], rules: { 'reveille/no-fixed-sleep': 'off', 'reveille/no-poll-loop': 'off' } },
  // Where time itself is what is measured: the one place in the benchmarks that lets some pass.
  { files: ['bench/pause.mjs'], rules: { 'reveille/no-fixed-sleep': 'off' } },
  // Sleeping is what is tested: on a virtual clock, but for the proof that no sleep is ever too short.
  {
    files: ['test/pacing/sleep.test.ts', 'test/testing/virtual-clock.test.ts'],
    rules: { 'reveille/no-fixed-sleep': 'off', 'reveille/no-poll-loop': 'off' },
  },
  // Keeps a core busy, so that the benchmarks can tell how the pools bear it.
  { files: ['bench/burner.mjs'], rules: { 'reveille/no-poll-loop': 'off' } },
  // Tests of cloning need the odd objects of the language.
  { files: ['test/**'], rules: { 'prefer-rest-params': 'off' } },
  { files: TIMER_OWNERS, rules: { 'reveille/no-fixed-sleep': 'off', 'reveille/no-poll-loop': 'off' } },
];

export default config;
