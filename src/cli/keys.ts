import { loadEnvironment } from '../server/process.js';
import { runKeys } from './keys/run-keys.js';
import { tellFailure } from './keys/tell-failure.js';
import { Terminal } from './keys/terminal.js';

/** `npm run -s keys -- …`: the operator's command line. */
const terminal = new Terminal(process.stdout, process.stderr, loadEnvironment);

// Somebody who reads only the first lines of a list (head) closes the pipe.
process.stdout.on('error', () => process.exit(1));

try {
  process.exitCode = await runKeys(process.argv.slice(2), terminal);
} catch (error) {
  process.exit(tellFailure(error, terminal));
}
