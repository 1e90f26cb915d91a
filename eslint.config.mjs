import js from '@eslint/js';
import jest from 'eslint-plugin-jest';
import jsdoc from 'eslint-plugin-jsdoc';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

/** The rooms of the house in the order in which data runs through them; a room may look back, never ahead. */
const ROOMS = ['settings', 'cluster', 'traffic', 'checks', 'verdict', 'report', 'github'];

/** Rooms (and one cupboard) that only compute: no clock, disk, network, process or randomness. */
const PURE = ['src/settings/**', 'src/verdict/**', 'src/report/**', 'src/cluster/nginx/**'];

const DOCKERODE = { group: ['dockerode', 'docker-modem'], message: 'Only src/cluster knows dockerode.' };
const GITHUB = {
  group: ['@actions/core', '@actions/github', '@octokit/*'],
  message: 'Only src/github knows Octokit and @actions/core.',
};
const EXEC = { group: ['@actions/exec'], message: 'Only src/cluster runs outside commands.' };
const IMPURE = {
  group: ['node:*', '@actions/*', 'tar-stream'],
  message: 'This room is pure: what it needs from outside is handed to it.',
};

/** Later rooms, and the run itself, as import patterns forbidden to `room`. */
function ahead(room) {
  const later = ROOMS.slice(ROOMS.indexOf(room) + 1).map((name) => `**/${name}/**`);
  return [
    ...(later.length > 0 ? [{ group: later, message: `src/${room} comes before these rooms.` }] : []),
    { group: ['**/run', '**/clean-up', '**/main', '**/post'], message: 'Only the entry files call the run.' },
  ];
}

/** Verdict and report may look at what NGINX was told (pure), and at no other part of the cluster. */
const IMPURE_CLUSTER = {
  regex: '/cluster/(?!nginx/)',
  message: 'Pure rooms see of the cluster only src/cluster/nginx.',
  allowTypeImports: true,
};

const rooms = ROOMS.map((room) => ({
  files: [`src/${room}/**/*.ts`],
  rules: {
    '@typescript-eslint/no-restricted-imports': [
      'error',
      {
        patterns: [
          ...ahead(room),
          ...(room === 'cluster' ? [] : [DOCKERODE, EXEC]),
          ...(room === 'github' ? [] : [GITHUB]),
          ...(['settings', 'verdict', 'report'].includes(room) ? [IMPURE, IMPURE_CLUSTER] : []),
        ],
      },
    ],
  },
}));

export default tseslint.config(
  { ignores: ['dist/', '.cache/', 'node_modules/', 'coverage/', 'fixtures/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
    },
  },
  {
    files: ['src/**/*.ts'],
    plugins: { jsdoc },
    rules: {
      'max-lines': ['error', { max: 300 }],
      'no-console': 'error',
      'jsdoc/require-jsdoc': [
        'error',
        { publicOnly: true, require: { FunctionDeclaration: true, ClassDeclaration: true }, enableFixer: false },
      ],
    },
  },
  ...rooms,
  {
    files: ['src/cluster/nginx/**/*.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        { patterns: [...ahead('cluster'), DOCKERODE, GITHUB, EXEC, IMPURE] },
      ],
    },
  },
  {
    files: PURE.map((room) => `${room}/*.ts`),
    rules: {
      'no-restricted-globals': [
        'error',
        'process',
        'performance',
        'setTimeout',
        'setInterval',
        'setImmediate',
        'fetch',
        'crypto',
      ],
      'no-restricted-syntax': [
        'error',
        { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'No clock in a pure room.' },
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: 'No clock in a pure room.' },
        { object: 'Math', property: 'random', message: 'No randomness in a pure room.' },
      ],
    },
  },
  {
    files: ['__tests__/**/*.ts'],
    plugins: { jest },
    rules: {
      ...jest.configs['flat/recommended'].rules,
      'jest/expect-expect': ['error', { assertFunctionNames: ['expect', 'expect*', 'fc.assert'] }],
      'jest/no-conditional-expect': 'error',
    },
    settings: { jest: { globalPackage: '@jest/globals' } },
  },
  {
    files: ['**/*.mjs'],
    languageOptions: {
      globals: Object.fromEntries(
        ['process', 'console', 'URL', 'performance', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'].map(
          (name) => [name, 'readonly'],
        ),
      ),
    },
  },
  prettier,
);
