import { Logger } from '@nestjs/common';

const { staticInstanceRef, logLevels } = Logger;

/**
 * Notes what a test file may change of its process; the function it returns puts that back. Globals that are new stay,
 * as modules that were loaded rely on theirs, but for the `own` ones of the file and the state that Jest keeps for it.
 */
export function saveProcessState(own) {
  const globals = Object.getOwnPropertyDescriptors(globalThis);
  const { exit } = process;
  const env = { ...process.env };
  const folder = process.cwd();
  const listeners = new Map(process.eventNames().map((name) => [name, process.listeners(name)]));

  return () => {
    for (const key of Reflect.ownKeys(globalThis)) {
      if (globals[key] === undefined && (key in own || isOfJest(key))) delete globalThis[key];
    }
    for (const key of Reflect.ownKeys(globals)) {
      const { value, get, configurable } = globals[key];
      const now = Object.getOwnPropertyDescriptor(globalThis, key);
      if (configurable && (now?.value !== value || now?.get !== get))
        Object.defineProperty(globalThis, key, globals[key]);
    }
    process.exit = exit;
    process.chdir(folder);
    for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name];
    Object.assign(process.env, env);
    for (const name of process.eventNames()) {
      for (const listener of process.listeners(name)) {
        if (!listeners.get(name)?.includes(listener)) process.removeListener(name, listener);
      }
    }
    Object.assign(Logger, { staticInstanceRef, logLevels });
  };
}

function isOfJest(key) {
  return (
    typeof key === 'symbol' &&
    /^(JEST|EVENT|TEST_TIMEOUT|RETRY|WAIT_BEFORE|LOG_ERRORS)_/.test(key.description ?? '')
  );
}
