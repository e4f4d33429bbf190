import { escapeLines } from '../server/logs/escape-controls.js';
import { redact } from '../support/redact.js';
import { NotIssued } from './agents/issue-tool-key.js';
import { toolKeyCommand } from './agents/tool-key.command.js';
import type { Command } from './commands/command.js';
import { type CommandLine, runCommandLine } from './commands/command-line.js';
import { doctorCredential, mcpDoctorCommand } from './mcp-doctor/mcp-doctor.command.js';
import type { Terminal } from './commands/terminal.js';

/** Commands that work over HTTP. They need no application, and load little: a client waits for the keys of its session. */
const overHttp: readonly Command<Terminal>[] = [toolKeyCommand, mcpDoctorCommand];

const noteOn: Readonly<Record<string, string>> = {
  [toolKeyCommand.name]: 'The credential is sent to the Gatehouse alone.',
  [mcpDoctorCommand.name]: `A credential in ${doctorCredential}, if there is one, is tried at this URL alone.`,
};

/** Runs `npx nestjs-gatehouse …` with the environment of the process; resolves with its exit code. */
export async function runGatehouse(args: readonly string[], terminal: Terminal): Promise<number> {
  const [name, ...others] = args;
  const command = overHttp.find((one) => one.name === name);
  if (command !== undefined) return runCommandLine(commandLineOf(command), others, terminal);
  const { runApplicationProgram } = await import('./application-programs.js');
  return runApplicationProgram(
    args,
    terminal,
    overHttp.map(({ name: one, about }) => [one, about]),
  );
}

const commandLineOf = (command: Command<Terminal>): CommandLine<Terminal> => ({
  call: `npx nestjs-gatehouse ${command.name}`,
  about: `It needs no application and no database. ${noteOn[command.name] ?? ''}`,
  commands: command,
  sessionFor: (terminal) => terminal,
  messageOf,
});

function messageOf(error: unknown): string {
  if (error instanceof NotIssued) return escapeLines(redact(error.message));
  return escapeLines(redact(error instanceof Error ? (error.stack ?? error.message) : String(error)));
}
