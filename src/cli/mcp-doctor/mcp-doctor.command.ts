import { z } from 'zod';
import { type Command, parseOptions, UsageError } from '../commands/command.js';
import type { Terminal } from '../commands/terminal.js';
import { examine } from './examine.js';
import { printReport } from './report.js';

/** The environment variable of a credential to try. */
export const doctorCredential = 'MCP_DOCTOR_CREDENTIAL';

const doctorOptions = z.strictObject({ allowPrivate: z.boolean().default(false) });

/** `npx nestjs-gatehouse mcp-doctor`: what clients will stumble over at an MCP server. */
export const mcpDoctorCommand: Command<Terminal> = {
  name: 'mcp-doctor',
  argument: '<url>',
  about:
    'examine an MCP server, and say what its clients will stumble over; exits with 1 if there are problems',
  options: {
    'allow-private': {
      about: 'read metadata also in a private network, where the server itself is on the Internet',
    },
  },
  async run(terminal, { json, ...given }, url = '') {
    const { allowPrivate } = parseOptions(doctorOptions, { json, ...given });
    const credential = process.env[doctorCredential];
    if (credential !== undefined && !/^[\x21-\x7e]+$/.test(credential))
      throw new UsageError(`${doctorCredential} must be visible ASCII characters, and nothing else`);
    const findings = await examine(url, { allowsPrivate: allowPrivate, credential });
    printReport(terminal, url, findings, json);
    if (findings.some(({ level }) => level === 'problem')) terminal.exitCode = 1;
  },
};
