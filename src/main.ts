import { readConfiguration } from './server/configuration/read-configuration.js';
import { exitWith, loadEnvironment } from './server/process.js';
import { start } from './server/start.js';

// In place of Node's own report, which would show whatever the error holds.
process.setUncaughtExceptionCaptureCallback(exitWith);

try {
  await start(readConfiguration(loadEnvironment()));
} catch (error) {
  exitWith(error);
}
