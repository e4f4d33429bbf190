import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.js';

/** Where examples/nginx-forward-auth is. */
export const nginxExample = join(import.meta.dirname, '../../examples/nginx-forward-auth');

export interface TextAnswer {
  readonly status: number;
  readonly headers: Record<string, string | undefined>;
  readonly body: string;
}

/** Sends one request to 127.0.0.1, just as it is. */
export function sendText(
  port: number,
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body = '',
): Promise<TextAnswer> {
  return new Promise((resolve, reject) => {
    request({ port, host: '127.0.0.1', method, path, headers, agent: false })
      .on('error', reject)
      .on('response', (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (piece: string) => (text += piece));
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers as Record<string, string | undefined>,
            body: text,
          }),
        );
      })
      .end(body);
  });
}

/** The example as its npm script starts it, on free ports, in a folder of its own. */
export interface RunningNginxExample {
  readonly folder: string;
  readonly ports: { readonly nginx: number; readonly gatehouse: number };
  /** Ends it; resolves with its exit code and what it left in its folder, which is then removed. */
  stop(): Promise<{ code: number | null; left: string[] }>;
}

export async function startNginxExample(): Promise<RunningNginxExample> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-example-'));
  const [nginx, gatehouse, application] = [await freePort(), await freePort(), await freePort()];
  const ports = {
    PORT: String(nginx),
    GATEHOUSE_PORT: String(gatehouse),
    APPLICATION_PORT: String(application),
  };
  const env = { PATH: process.env.PATH, TMPDIR: folder, AUTH_FAILURES_PER_MINUTE: '0', ...ports };
  const child = spawn(process.execPath, [join(nginxExample, 'start.js')], { cwd: folder, env });
  const ended = once(child, 'close');
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece: Buffer) => (said += piece));
  let hasEnded = false;
  void ended.then(() => (hasEnded = true));
  while (!said.includes('The application is at')) {
    await Promise.race([once(child.stdout, 'data'), ended]);
    if (hasEnded) throw new Error(`The example did not start: ${said}`);
  }
  return {
    folder,
    ports: { nginx, gatehouse },
    async stop() {
      child.kill('SIGTERM');
      const [code] = await ended;
      const left = await readdir(folder);
      await rm(folder, { recursive: true });
      return { code, left };
    },
  };
}
