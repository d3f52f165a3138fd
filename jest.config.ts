import type { Config } from 'jest';

const transform: Config['transform'] = {
  '\\.ts$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript' }, target: 'esnext' }, module: { type: 'es6' } }],
};

/**
 * One database server for the whole run (globalSetup), a database of its own for every worker (`infra/testing/src/`).
 */
const config: Config = {
  testMatch: ['<rootDir>/{shared,subgraphs,gateway,infra}/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  extensionsToTreatAsEsm: ['.ts'],
  transform,
  testTimeout: 300_000,
  setupFiles: ['<rootDir>/infra/testing/src/setup.ts'],
  maxWorkers: 2,
  globalSetup: '<rootDir>/infra/testing/src/globalSetup.ts',
  globalTeardown: '<rootDir>/infra/testing/src/globalTeardown.ts',
};

export default config;
