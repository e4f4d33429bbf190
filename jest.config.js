import { join } from 'node:path';
import './test/support/temporary-folder.js';

const runner = join(import.meta.dirname, 'test/support/runner');

const shared = {
  rootDir: import.meta.dirname,
  testEnvironment: join(runner, 'environment.js'),
  runtime: join(runner, 'runtime.cjs'),
  transform: {},
  moduleFileExtensions: ['ts', 'js'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/test/projects/'],
};

export default {
  // What hangs fails; what is only slow, on a machine that is busy, does not.
  testTimeout: 300_000,
  // A worker keeps some memory of every file that it has run; a large heap is slow to clean.
  workerIdleMemoryLimit: '1GB',
  testSequencer: '<rootDir>/test/support/longest-first.js',
  projects: [
    { ...shared, displayName: 'unit', testMatch: ['<rootDir>/src/**/*.spec.ts'] },
    {
      ...shared,
      displayName: 'sqlite',
      testMatch: ['<rootDir>/test/**/*.e2e-spec.ts'],
      testPathIgnorePatterns: [...shared.testPathIgnorePatterns, '/test/postgres/', '/test/pages/'],
      globals: { databaseKind: 'sqlite' },
    },
    {
      ...shared,
      displayName: 'postgres',
      testMatch: ['<rootDir>/test/**/*.e2e-spec.ts'],
      testPathIgnorePatterns: [...shared.testPathIgnorePatterns, '/test/sqlite/', '/test/pages/'],
      globals: { databaseKind: 'postgres' },
      globalSetup: '<rootDir>/test/support/start-postgres.js',
      globalTeardown: '<rootDir>/test/support/stop-postgres.js',
    },
    {
      ...shared,
      displayName: 'pages',
      testMatch: ['<rootDir>/test/pages/**/*.e2e-spec.ts'],
      globals: { databaseKind: 'sqlite' },
    },
  ],
};
