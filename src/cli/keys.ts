import { loadEnvironment } from '../server/process.js';
import { reportFailure, runKeys } from './keys/run-keys.js';
import { Terminal } from './keys/terminal.js';

/** `npm run -s keys -- …`: the command line of the operator. */
const terminal = new Terminal(process.stdout, process.stderr, loadEnvironment);

// A reader of only the first lines, such as `head`, closes the pipe.
process.stdout.on('error', () => process.exit(1));

try {
  process.exitCode = await runKeys(process.argv.slice(2), terminal);
} catch (error) {
  process.exit(reportFailure(error, terminal));
}
