import { ModernFakeTimers } from '@jest/fake-timers';
import { ModuleMocker } from 'jest-mock';
import { saveProcessState } from './process-state.js';

/** Jest's test environment without a `vm` of its own: a test file runs in the worker process itself. */
export default class ProcessEnvironment {
  global = globalThis;
  #restore;
  #exits = [];

  constructor({ projectConfig: config }) {
    this.#restore = saveProcessState(config.globals);
    Object.assign(globalThis, config.globals);
    this.moduleMocker = new ModuleMocker(globalThis);
    this.fakeTimersModern = new ModernFakeTimers({ config, global: globalThis });
  }

  /** From here on nothing may end the process, which would end the tests of other files as well. */
  async setup() {
    process.exit = (code) => {
      const error = new Error(`process.exit(${code ?? ''}) was called`);
      this.#exits.push(error);
      throw error;
    };
  }

  /** A call of `process.exit` fails the file, also where the test caught what it threw. */
  handleTestEvent({ name }, state) {
    if (name === 'run_finish') state.unhandledErrors.push(...this.#exits.map((error) => [error, error]));
  }

  async teardown() {
    this.fakeTimersModern.dispose();
    this.moduleMocker.restoreAllMocks();
    this.#restore();
  }

  getVmContext() {
    return null;
  }
}
