import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import type { PersonAtBrowser } from './mcp-browser.js';
import { buildExample } from './example-process.js';

/** What `npm run example:mcp-notes` has printed. */
export interface McpExample {
  readonly url: URL;
  readonly authorizationServer: string;
  readonly accessKey: string;
  readonly toolKey: string;
  /** Ends it, and resolves with how it ended and what it wrote. */
  stop(): Promise<{ code: number | null; output: string }>;
}

const told = /MCP server: (\S+)\nAuthorization server: (\S+)\n.*access key.*: (\S+)\n.*tool key.*: (\S+)\n/;

export async function startMcpExample(adapter: string): Promise<McpExample> {
  const script = await buildExample('mcp-notes');
  const env = { PATH: process.env.PATH, ADAPTER: adapter.toLowerCase() };
  const child = spawn(process.execPath, [script], { env });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece: Buffer) => (output += piece));
  const ended = once(child, 'close');
  let hasEnded = false;
  void ended.then(() => (hasEnded = true));
  while (!told.test(output)) {
    await Promise.race([once(child.stdout, 'data'), ended]);
    if (hasEnded) throw new Error(`The example did not start: ${output}`);
  }
  const [, url = '', authorizationServer = '', accessKey = '', toolKey = ''] = told.exec(output) ?? [];
  return {
    url: new URL(url),
    authorizationServer,
    accessKey,
    toolKey,
    async stop() {
      child.kill('SIGTERM');
      const [code] = await ended;
      return { code, output };
    },
  };
}

/** The official client with its transport; `connect` it. */
export class McpCaller {
  readonly client = new Client({ name: 'test', version: '1.0.0' });
  readonly transport: StreamableHTTPClientTransport;

  constructor(url: URL, credential: PersonAtBrowser | Record<string, string>) {
    const isHeaders = Object.getPrototypeOf(credential) === Object.prototype;
    this.transport = new StreamableHTTPClientTransport(
      url,
      isHeaders
        ? { requestInit: { headers: credential as Record<string, string> } }
        : { authProvider: credential as PersonAtBrowser },
    );
  }

  connect(): Promise<void> {
    return this.client.connect(this.transport);
  }

  async toolNames(): Promise<string[]> {
    return (await this.client.listTools()).tools.map(({ name }) => name);
  }

  /** The text of the answer. */
  async call(name: string, args: Record<string, unknown> = {}): Promise<string> {
    const { content, isError } = await this.client.callTool({ name, arguments: args });
    const [first] = content as { type: string; text: string }[];
    return isError === true ? `error: ${first?.text}` : (first?.text ?? '');
  }

  close(): Promise<void> {
    return this.client.close();
  }
}
