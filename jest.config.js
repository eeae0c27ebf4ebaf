/** Tests are TypeScript run as native ES modules; Node itself removes the types. */
const common = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/test/support/strip-types.cjs' },
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
};

export default {
  projects: [
    { ...common, displayName: 'SQLite', testMatch: ['<rootDir>/test/**/*.test.ts'] },
    {
      ...common,
      // The same journeys where every request meets another instance than the one before (test/support/adapter-world.ts).
      displayName: 'two on PostgreSQL',
      testMatch: ['<rootDir>/test/journey/http/**/*.test.ts'],
      // What an identity provider may answer has nothing to do with storage: minutes that would show nothing new.
      testPathIgnorePatterns: [
        ...common.testPathIgnorePatterns,
        '/(hostile-identity-provider|relying-party-plans)\\.test',
      ],
      globals: { ADAPTER_INSTANCES: 2 },
      globalSetup: '<rootDir>/test/support/postgres-for-all.ts',
      globalTeardown: '<rootDir>/test/support/postgres-for-all.ts',
    },
  ],
  testTimeout: 20_000,
  // Browsers, databases and child processes wait more than they work: two at a time use two cores well.
  maxWorkers: 2,
};
