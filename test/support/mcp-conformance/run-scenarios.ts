import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, request as requestTo } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const tools = join(import.meta.dirname, '../../../tools');

/** CI installs it. */
export const hasConformance = existsSync(join(tools, 'node_modules/@modelcontextprotocol/conformance'));

interface Check {
  readonly id: string;
  readonly status: 'SUCCESS' | 'FAILURE' | 'WARNING' | 'SKIPPED' | 'INFO';
  readonly errorMessage?: string;
}

/** The checks of each scenario that ran. */
export type Scenarios = ReadonlyMap<string, readonly Check[]>;

/** Runs what a revision of the specification asks of a server. The client of the scenarios knows no credentials: `headers` are added. */
export async function runScenarios(
  url: URL,
  revision: string,
  headers: Record<string, string>,
): Promise<Scenarios> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-conformance-'));
  const forwarder = await forward(url, headers);
  try {
    const script = join(tools, 'conformance.js');
    const args = [script, 'server', '--url', forwarder.url, '--requirements', revision, '-o', folder];
    const child = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece) => (output += piece));
    await once(child, 'close');
    const scenarios = await readChecks(folder);
    if (scenarios.size === 0) throw new Error(`No scenario ran: ${output}`);
    return scenarios;
  } finally {
    forwarder.close();
    await rm(folder, { recursive: true });
  }
}

/** Each has a folder, `server-<scenario>-<time>`. */
async function readChecks(folder: string): Promise<Scenarios> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('checks.json'));
  const read = names.map(async (name) => {
    const scenario = /([^/]+)\/checks\.json$/.exec(name)?.[1] ?? name;
    const checks = JSON.parse(await readFile(join(folder, name), 'utf8')) as Check[];
    return [scenario.replace(/^server-(.+?)-\d{4}-.*$/, '$1'), checks] as const;
  });
  return new Map(await Promise.all(read));
}

/** A proxy that adds headers to each request. */
async function forward({ hostname, port, pathname }: URL, added: Record<string, string>) {
  const server = createServer((request, response) => {
    const { method = '', url: path } = request;
    const headers = { ...request.headers, ...added };
    const onward = requestTo({ hostname, port, path, method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    response.on('close', () => onward.destroy());
    request.pipe(onward);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${pathname}`,
    close: () => void server.close().closeAllConnections(),
  };
}
