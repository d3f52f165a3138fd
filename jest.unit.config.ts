import type { Config } from 'jest';
import all from './jest.config.ts';

/** The tests that need nothing but this process: no database, no server, no other process. In seconds. */
const { globalSetup: _server, globalTeardown: _end, ...rest } = all;
const config: Config = {
  ...rest,
  testPathIgnorePatterns: ['/node_modules/', '\\.(db|story|http|process)\\.test\\.ts$'],
};

export default config;
