import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Controller, Get, Global, type INestApplication, Module, UseGuards } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { ApiKeysModule } from '../../src/api-keys/api-keys.module.js';
import { AuthModule } from '../../src/auth/auth.module.js';
import type { IssuerOptions } from '../../src/jwt/issuers.js';
import { Authenticated } from '../../src/auth/guards.js';
import { Database } from '../../src/database/database.js';
import { DatabaseModule } from '../../src/database/database.module.js';
import { gatehouseEntities } from '../../src/entities.js';
import { NoDatabase } from '../../src/testing/in-memory.js';
import { ToolKeysModule } from '../../src/tool-keys/tool-keys.module.js';
import { createScratchDatabase, type ScratchDatabase } from '../support/scratch-database.js';

type Imports = NonNullable<Parameters<typeof Module>[0]['imports']>;

@Controller('notes')
class NotesController {
  @Get()
  @UseGuards(Authenticated)
  list() {
    return [];
  }
}

@Module({ controllers: [NotesController] })
class NotesModule {}

@Controller('open')
class OpenController {
  @Get()
  list() {
    return [];
  }
}

@Module({ controllers: [OpenController] })
class OpenModule {}

/** In place of the database where the mistake is another: a start that fails leaves none open. */
@Global()
@Module({ providers: [{ provide: Database, useClass: NoDatabase }], exports: [Database] })
class NoDatabaseModule {}

const page = await readFile(join(import.meta.dirname, '../../docs/modules.md'), 'utf8');
const [, table = ''] = /## Startup errors\n\n([^]*?)\n\n/.exec(page) ?? [];
const documented = [...table.matchAll(/^\| (`.*?`) +\|/gm)].flatMap(([, cell = '']) =>
  [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text),
);

let scratch: ScratchDatabase;

beforeAll(async () => {
  scratch = await createScratchDatabase();
});
afterAll(() => scratch.drop());

const database = (url: string, entities = gatehouseEntities) =>
  DatabaseModule.forRoot({ url, entities, changeFeed: false });
const withIssuer = (keys: object) => [
  NoDatabaseModule,
  AuthModule.forRoot({
    issuers: [{ issuer: 'https://a.example', audience: 'notes', ...keys } as IssuerOptions],
  }),
];

/** What to write to be told each of them, in the order of the page. */
const mistakes: readonly (() => Imports)[] = [
  () => [NotesModule],
  () => [NoDatabaseModule, AuthModule.forRoot({}), AuthModule.forRoot({ keyPrefix: 'notes' })],
  () => [NoDatabaseModule, AuthModule],
  () => [NoDatabaseModule, AuthModule.forRoot({ keyPrefix: 'NO', failuresPerMinute: -1 })],
  () => [database(scratch.url, []), AuthModule.forRoot({})],
  () => [NoDatabaseModule, AuthModule.forRoot({ undecidedRoutes: 'refuse' }), OpenModule],
  () => withIssuer({ jwksUrl: 'http://login.example.com/jwks.json' }),
  () => withIssuer({ publicKey: 'a shared secret' }),
  () => [database('mysql://127.0.0.1/notes')],
  () => [database('postgres://notes:notes@127.0.0.1:1/notes')],
  () => [AuthModule.forRoot({})],
  () => [NoDatabaseModule, ApiKeysModule],
  () => [NoDatabaseModule, ToolKeysModule],
];

async function said(imports: Imports): Promise<string> {
  @Module({ imports })
  class RootModule {}
  let app: INestApplication | undefined;
  try {
    app = await NestFactory.create(RootModule, new FastifyAdapter(), { logger: false, abortOnError: false });
    await app.init();
  } catch (error) {
    return (error as Error).message;
  } finally {
    await app?.close();
  }
  return 'it starts';
}

it('the messages on the page are those that there are mistakes for', () => {
  expect(documented).toHaveLength(mistakes.length);
});

it.each(documented.map((text, index) => [text, index] as const))(
  'reports the mistake: %s',
  async (text, index) => {
    const parts = text.split('…').map(escaped);
    expect(await said(mistakes[index]?.() ?? [])).toMatch(new RegExp(parts.join('[^]*?')));
  },
);

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
