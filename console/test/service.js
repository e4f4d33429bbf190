import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** The built service in a folder of its own, on any free port. `restart` keeps the folder. */
export async function startService(env = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-console-'));
  const environment = { PATH: process.env.PATH, PORT: '0', LOG_LEVEL: 'log', ...env };
  const service = { folder, database: join(folder, 'data/gatehouse.db'), output: '' };
  const start = async () => {
    service.output = '';
    service.child = spawn(process.execPath, [join(root, 'dist/bundle/main.js')], {
      cwd: folder,
      env: environment,
    });
    for (const stream of [service.child.stdout, service.child.stderr])
      stream.setEncoding('utf8').on('data', (text) => (service.output += text));
    while (!/Try first/.test(service.output)) {
      await Promise.race([once(service.child.stdout, 'data'), once(service.child, 'exit')]);
      if (service.child.exitCode !== null) throw new Error(`The service did not start: ${service.output}`);
    }
    service.url = /Listening on (\S+)/.exec(service.output)[1];
    service.adminKey = readFileSync(join(folder, 'data/admin-key'), 'utf8').trim();
  };
  const stop = async () => {
    if (service.child.exitCode !== null) return;
    service.child.kill('SIGINT');
    await once(service.child, 'exit');
  };
  await start();
  return Object.assign(service, {
    /** `change` has the database to itself. */
    async restart(change) {
      await stop();
      await change?.(service.database);
      await start();
    },
    async stop() {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
    token: (email) =>
      execFileSync(process.execPath, [join(root, 'dist/bundle/cli/token.js'), '--email', email], {
        cwd: folder,
        env: environment,
        encoding: 'utf8',
      }).trim(),
    /** Sends JSON, and answers the body; throws for any other status than 2xx unless `expected` names it. */
    async ask(credential, method, path, body, expected) {
      const isKey = credential.startsWith('mk_');
      const request = {
        method,
        headers: {
          ...(credential.startsWith('tk_')
            ? { 'x-tool-key': credential }
            : isKey
              ? { 'x-api-key': credential }
              : { authorization: `Bearer ${credential}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        body: body === undefined ? undefined : JSON.stringify(body),
      };
      const answer = await fetch(service.url + path, request);
      const text = await answer.text();
      if (!answer.ok && answer.status !== expected)
        throw new Error(`${method} ${path}: ${answer.status} ${text}`);
      return text === '' ? undefined : JSON.parse(text);
    },
  });
}
