/** ESM Jest: the @actions packages are ESM-only, and CommonJS Jest cannot load them. */
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/__tests__'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    // Types are checked once, by `tsc --noEmit` in the lint step; here they are only stripped.
    '^.+\\.ts$': ['ts-jest', { useESM: true, diagnostics: false }],
  },
  transformIgnorePatterns: ['/node_modules/'],
  clearMocks: true,
};
