/** An application of another team: it knows the package by its public names, and has what it asks for and no more. */
import { generateKeyPairSync, sign } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { Controller, Get, Module, UseGuards } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import {
  ApiKeysModule,
  Authenticated,
  type AuthenticatedUser,
  AuthModule,
  CurrentUser,
  DatabaseModule,
  type IssuerOptions,
  RequireScopes,
  ToolKeysModule,
} from 'nestjs-gatehouse';
import { gatehouseEntities, gatehouseMigrations } from 'nestjs-gatehouse/database';
import { DataSource } from 'typeorm';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const issuer = 'https://login.example.com/';

const issuers: IssuerOptions[] = [
  { issuer, audience: 'notes', publicKey: publicKey.export({ format: 'jwk' }) },
];

@Controller('notes')
@UseGuards(Authenticated)
class NotesController {
  @Get()
  list(@CurrentUser() user: AuthenticatedUser): object {
    return { ownerId: user.ownerId, source: user.source.type };
  }

  @Get('keys')
  @RequireScopes('api-keys:write')
  keys(): object {
    return {};
  }
}

@Module({
  imports: [
    DatabaseModule.forRoot({ url: 'sqlite:notes-auth.db', entities: gatehouseEntities }),
    AuthModule.forRoot({ issuers }),
    ApiKeysModule,
    ToolKeysModule,
  ],
  controllers: [NotesController],
})
class AppModule {}

function tokenFor(subject: string): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const claims = { iss: issuer, aud: 'notes', sub: subject, exp: Math.floor(Date.now() / 1000) + 60 };
  const signed = `${encode({ alg: 'ES256' })}.${encode(claims)}`;
  const signature = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}

async function migrateByHand(): Promise<readonly string[]> {
  const migrations = gatehouseMigrations.sqlite;
  const options = { type: 'better-sqlite3', database: ':memory:', entities: gatehouseEntities } as const;
  const dataSource = await new DataSource({ ...options, migrations }).initialize();
  const names = await dataSource.runMigrations();
  const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
  await dataSource.destroy();
  return [...names.map(({ name }) => name), ...upQueries.map(({ query }) => query)];
}

const app = await NestFactory.create(AppModule, new ExpressAdapter(), { logger: false });
await app.listen(0, '127.0.0.1');
const base = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;

async function ask(
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<[number, Record<string, string>]> {
  const answer = await fetch(base + path, { headers, method });
  return [answer.status, (await answer.json()) as Record<string, string>];
}

const bearer = { authorization: `Bearer ${tokenFor('ada')}` };
const rejected = await ask('/notes');
const forged = await ask('/notes', { authorization: `${bearer.authorization.slice(0, -8)}AAAAAAAA` });
const person = await ask('/notes', bearer);
const [, { key }] = await ask('/api/v1/auth/api-keys', bearer, 'POST');
const program = await ask('/notes', { 'x-api-key': key ?? '' });
const [manages] = await ask('/notes/keys', { 'x-api-key': key ?? '' });
await app.close();

const inner = 'nestjs-gatehouse/dist/database/database.js';
const code = await import(inner).then(
  () => 'imported',
  (error: NodeJS.ErrnoException) => error.code,
);
process.stdout.write(
  JSON.stringify({
    statuses: [rejected[0], forged[0], person[0], program[0], manages],
    codes: [rejected[1].code, forged[1].code],
    sources: [person[1].source, program[1].source],
    isOneOwner: person[1].ownerId === program[1].ownerId,
    migrated: (await migrateByHand()).length === gatehouseMigrations.sqlite.length,
    inner: code,
  }),
);
