import { z } from 'zod';
import { type Command, listOf, numberOf, parseOptions, UsageError } from '../commands/command.js';
import type { Terminal } from '../commands/terminal.js';
import { givenSecureUrl } from '../http/given-url.js';
import { credentialVariable, givenCredential } from './given-credential.js';
import { type IssuedToolKey, issueToolKey } from './issue-tool-key.js';
import { asHeaders, asMcpServers, asShellLines } from './key-formats.js';

const formats = ['headers', 'env', 'mcp.json'] as const;
const urlVariable = 'GATEHOUSE_URL';

const toolKeyOptions = z
  .strictObject({
    task: z.string().min(1, 'is empty'),
    ttl: z.int().optional(),
    scopes: z.array(z.string()).optional(),
    maxCalls: z.int().optional(),
    attempt: z.int().optional(),
    heartbeat: z.int().optional(),
    format: z.enum(formats, `must be ${formats.join(', ')}`).optional(),
    url: z.string().optional(),
    name: z.string().min(1).max(100).optional(),
    gatehouse: z.string().optional(),
    credentialFile: z.string().min(1).optional(),
  })
  .refine(({ format, url }) => format !== 'mcp.json' || url !== undefined, {
    path: ['url'],
    error: 'is missing: the URL of the MCP server',
  })
  .refine(({ format, url, name }) => format === 'mcp.json' || (url ?? name) === undefined, {
    path: ['format'],
    error: 'must be mcp.json, with --url or --name',
  });
type ToolKeyOptions = z.infer<typeof toolKeyOptions>;

/** `npx nestjs-gatehouse tool-key`: a key for one session, from a Gatehouse over HTTP. */
export const toolKeyCommand: Command<Terminal> = {
  name: 'tool-key',
  about: 'get a tool key for one session from a running Gatehouse, and print it for a client',
  options: {
    task: { value: 'id', about: 'the session or task that the key is for' },
    ttl: { value: 'seconds', about: 'how long it is valid (default: 900)', read: numberOf('--ttl') },
    scopes: { value: 'a:b,c:d', about: 'fewer than those of the credential', read: listOf },
    'max-calls': { value: 'n', about: 'how many requests it may make', read: numberOf('--max-calls') },
    attempt: {
      value: 'n',
      about: 'a higher one ends the keys of earlier attempts',
      read: numberOf('--attempt'),
    },
    heartbeat: {
      value: 'seconds',
      about: 'it ends without this heartbeat of its client',
      read: numberOf('--heartbeat'),
    },
    format: { value: 'name', about: `${formats.join(', ')} (default: headers)` },
    url: { value: 'url', about: 'with --format mcp.json: the MCP server' },
    name: { value: 'text', about: 'with --format mcp.json: its name (default: its host)' },
    gatehouse: { value: 'url', about: `the Gatehouse that issues the key (default: ${urlVariable})` },
    'credential-file': {
      value: 'file',
      about: `holds a credential of it, - for standard input (default: ${credentialVariable})`,
    },
  },
  async run(terminal, given) {
    const options = parseOptions(toolKeyOptions, given);
    if (given.json && options.format !== undefined)
      throw new UsageError('--json: prints all of the answer, and no other --format');
    const gatehouse = givenSecureUrl('--gatehouse', options.gatehouse ?? process.env[urlVariable] ?? '');
    const print = printerOf(options, given.json);
    const { task: taskId, ttl: ttlSeconds, heartbeat: heartbeatSeconds, attempt, scopes, maxCalls } = options;
    const settings = { taskId, ttlSeconds, heartbeatSeconds, attempt, scopes, maxCalls };
    const issued = await issueToolKey(gatehouse, await givenCredential(options.credentialFile), settings);
    if (issued.shortened === true)
      terminal.printError(`The key expires with the credential, earlier than asked: ${issued.expiresAt}`);
    terminal.print(print(issued));
  },
};

function printerOf({ format, url, name }: ToolKeyOptions, json: boolean): (key: IssuedToolKey) => string {
  if (json) return (key) => JSON.stringify(key);
  if (format === 'env') return asShellLines;
  if (url === undefined) return asHeaders;
  const { host } = givenSecureUrl('--url', url);
  return (key) => asMcpServers(key, { name: name ?? host, url });
}
