import 'reflect-metadata';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { ApiKeysModule, AuthModule, DatabaseModule, ToolKeysModule } from 'nestjs-gatehouse';
import { GatehouseConsoleModule } from 'nestjs-gatehouse/console';
import { gatehouseEntities } from 'nestjs-gatehouse/database';

const command = join(import.meta.dirname, '../../dist/package/cli/nestjs-gatehouse.js');

/** An application with the modules of the built package, the console at `path`, and a key; with agents on Fastify. */
export async function startHost({ hasAgents, path, apiPath, prefix }) {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-console-host-'));
  const url = `sqlite:${join(folder, 'host.db')}`;
  const run = (...parameters) =>
    execFileSync(process.execPath, [command, ...parameters], {
      cwd: folder,
      env: { PATH: process.env.PATH, DATABASE_URL: url },
      encoding: 'utf8',
    });
  run('migrate');
  const { key: adminKey } = JSON.parse(run('keys', 'first-admin', '--json'));
  const imports = [
    DatabaseModule.forRoot({ url, entities: gatehouseEntities }),
    AuthModule.forRoot({ undecidedRoutes: 'refuse' }),
    ApiKeysModule.forRoot({ path: apiPath }),
    ...(hasAgents ? [ToolKeysModule.forRoot({ path: apiPath })] : []),
    GatehouseConsoleModule.forRoot({ path, apiPath }),
  ];
  const adapter = hasAgents ? new FastifyAdapter() : new ExpressAdapter();
  const app = await NestFactory.create({ module: class {}, imports }, adapter, { logger: false });
  app.setGlobalPrefix(prefix);
  await app.listen(0, '127.0.0.1');
  const origin = `http://127.0.0.1:${app.getHttpServer().address().port}`;
  const answer = await fetch(`${origin}/${prefix}/${apiPath}/admin/api-keys`, {
    method: 'POST',
    headers: { 'x-api-key': adminKey, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'nightly', role: 'read_only' }),
  });
  return {
    url: origin,
    adminKey,
    key: await answer.json(),
    async close() {
      await app.close();
      rmSync(folder, { recursive: true });
    },
  };
}
