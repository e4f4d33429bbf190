import { Terminal } from '../../src/cli/commands/terminal.js';
import type { Ended } from './spawn-gatehouse.js';

/** Runs a command line in the process of the tests; its own would take half a second to load. */
export async function runCommand(
  run: (args: readonly string[], terminal: Terminal) => Promise<number>,
  args: readonly string[],
): Promise<Ended> {
  const output = { stdout: '', stderr: '' };
  const terminal = new Terminal(
    { write: (text) => (output.stdout += text) },
    { write: (text) => (output.stderr += text) },
  );
  const code = await run(args, terminal);
  return { code, ...output };
}
