import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Controller, Get, type INestApplication, Module, Req, UseGuards } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import {
  AllowBounded,
  Authenticated,
  type AuthenticatedUser,
  AuthModule,
  CurrentUser,
  DatabaseModule,
  type IssuerOptions,
} from 'nestjs-gatehouse';
import { gatehouseEntities } from 'nestjs-gatehouse/database';
import jwt from 'jsonwebtoken';
import request from 'supertest';
import { auth0Scopes } from './auth0.js';
import { cognitoScopes } from './cognito.js';
import { entraScopes } from './entra.js';
import { LegacyAuthenticated, legacyIssuer } from './legacy.js';
import { supabaseScopes } from './supabase.js';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const audience = 'https://api.example.com';
const secret = 'the secret of the application as it was before';
const everything = ['*:*', 'api-keys:write', 'members:manage'];

/** Options of an issuer that is named after them. */
function issuer(name: string, options: object = {}): IssuerOptions {
  return { issuer: name, audience, publicKey: publicKey.export({ format: 'jwk' }), ...options };
}

const issuers = [
  issuer('plain'),
  issuer('azp', { clientClaim: 'azp', firstPartyClients: ['web'] }),
  issuer('appid', { clientClaim: 'appid', firstPartyClients: ['web'] }),
  issuer('listed', { firstPartyClients: ['web'] }),
  issuer('auth0', { mapScopes: auth0Scopes }),
  issuer('entra', { clientClaim: 'azp', mapScopes: entraScopes }),
  issuer('cognito', { mapScopes: cognitoScopes }),
  issuer('client', { audience: undefined, withoutAudience: { claim: 'client_id', values: ['web'] } }),
  issuer('origin', { withoutAudience: { claim: 'azp', values: ['https://app.example.com'] } }),
  issuer('kinde', {
    clientClaim: 'azp',
    firstPartyClients: ['web'],
    withoutAudience: { claim: 'azp', values: ['web'] },
  }),
  issuer('supabase', { mapScopes: supabaseScopes }),
  { ...legacyIssuer(secret), createOwners: true },
];

@Controller('me')
@UseGuards(Authenticated)
class MeController {
  @Get()
  @AllowBounded()
  me(@CurrentUser() { scopes }: AuthenticatedUser) {
    return { scopes };
  }
}

@Controller('legacy')
@UseGuards(LegacyAuthenticated)
class LegacyController {
  @Get()
  me(@Req() { user }: { user: { id: number; role: string; scopes: string[] } }) {
    return { id: user.id, role: user.role, scopes: user.scopes };
  }
}

let folder: string;
let app: INestApplication;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'issuers-'));

  @Module({
    imports: [
      DatabaseModule.forRoot({ url: `sqlite:${folder}/notes.db`, entities: gatehouseEntities }),
      AuthModule.forRoot({ issuers, undecidedRoutes: 'refuse' }),
    ],
    controllers: [MeController, LegacyController],
  })
  class AppModule {}
  app = await NestFactory.create(AppModule, new ExpressAdapter(), { logger: false });
  await app.init();
});
after(async () => {
  await app.close();
  await rm(folder, { recursive: true });
});

/** The scopes of a caller with a token of that issuer, or its status. */
async function scopesOf(iss: string, claims: object, typ = 'JWT'): Promise<unknown> {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const exp = Math.floor(Date.now() / 1000) + 600;
  const signed = `${encode({ alg: 'ES256', typ })}.${encode({ iss, aud: audience, sub: 'ada', exp, ...claims })}`;
  const signature = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  const { status, body } = await request(app.getHttpServer())
    .get('/me')
    .set('Authorization', `Bearer ${signed}.${signature.toString('base64url')}`);
  return status === 200 ? body.scopes : status;
}

test('your own tokens', async () => {
  const legacyOf = async (claims: object, key = secret) => {
    const token = jwt.sign(claims, key, { expiresIn: 60 });
    const { status, body } = await request(app.getHttpServer())
      .get('/legacy')
      .set('Authorization', `Bearer ${token}`);
    return status === 200 ? body : status;
  };
  const editor = { id: 7, role: 'editor', tenant: 3 };
  assert.deepEqual(await legacyOf(editor), { id: 7, role: 'editor', scopes: ['*:read', '*:write'] });
  assert.deepEqual(await legacyOf({ ...editor, role: 'admin' }), {
    id: 7,
    role: 'admin',
    scopes: everything,
  });
  assert.deepEqual((await legacyOf({ ...editor, role: 'new' })).scopes, ['*:read']);
  assert.equal(await legacyOf(editor, 'another secret'), 401);
  assert.equal(await legacyOf({ ...editor, tenant: undefined }), 503);
});

test('Auth0', async () => {
  const login = { azp: 'web', scope: 'openid profile' };
  assert.deepEqual(await scopesOf('plain', login), []);
  assert.deepEqual(await scopesOf('azp', login), everything);
  assert.deepEqual(await scopesOf('azp', { azp: 'cli', scope: 'openid notes:read' }), ['notes:read']);
  // In its own profile the client is no mark of a bounded token, unless you say where it is.
  assert.deepEqual(await scopesOf('plain', { azp: 'cli' }), everything);
  assert.deepEqual(await scopesOf('azp', { azp: 'cli' }), []);
  const rfc9068 = { client_id: 'web', scope: 'openid profile' };
  assert.deepEqual(await scopesOf('listed', rfc9068, 'at+jwt'), everything);
  assert.deepEqual(await scopesOf('listed', { client_id: 'cli' }, 'at+jwt'), []);
});

test('Auth0 with permissions in the token', async () => {
  const permissions = ['notes:read', 'notes:write'];
  const ofFrontEnd = { client_id: 'SUuBTcXPlQ3aUvBBMVpfHjtrSwPrZOrB', scope: 'openid', permissions };
  assert.deepEqual(await scopesOf('plain', ofFrontEnd), []);
  assert.deepEqual(await scopesOf('auth0', ofFrontEnd), permissions);
  const ofOther = { client_id: 'cli', scope: 'openid notes:read', permissions };
  assert.deepEqual(await scopesOf('auth0', ofOther), ['notes:read']);
});

test('Keycloak', async () => {
  const login = { typ: 'Bearer', azp: 'web', scope: 'openid email profile' };
  assert.deepEqual(await scopesOf('plain', login), []);
  assert.deepEqual(await scopesOf('azp', login), everything);
  assert.deepEqual(await scopesOf('azp', { ...login, azp: 'cli', scope: 'openid notes:read' }), [
    'notes:read',
  ]);
  // Keycloak adds no client_id to the token of a person: the client is in azp.
  assert.deepEqual(await scopesOf('azp', login, 'at+jwt'), everything);
  assert.equal(await scopesOf('plain', login, 'at+jwt'), 401);
  assert.deepEqual(await scopesOf('azp', { ...login, client_id: 'web' }, 'at+jwt'), everything);
  assert.equal(await scopesOf('azp', { ...login, typ: 'ID' }), 401);
});

test('Entra ID', async () => {
  assert.deepEqual(await scopesOf('plain', { azp: 'web', scp: 'access_as_user' }), []);
  assert.deepEqual(await scopesOf('azp', { azp: 'web', scp: 'access_as_user' }), everything);
  assert.deepEqual(await scopesOf('appid', { appid: 'web', scp: 'access_as_user' }), everything);
  assert.deepEqual(await scopesOf('entra', { azp: 'cli', scp: 'Notes.Read User.Read' }), ['notes:read']);
  assert.deepEqual(await scopesOf('entra', { azp: 'cli', scp: 'access_as_user' }), [
    'notes:read',
    'notes:write',
  ]);
  assert.deepEqual(await scopesOf('plain', { azp: 'daemon', roles: ['Notes.Read.All'] }), everything);
  assert.deepEqual(await scopesOf('azp', { azp: 'daemon', roles: ['Notes.Read.All'] }), []);
});

test('Cognito', async () => {
  const token = { token_use: 'access', client_id: 'web', scope: 'aws.cognito.signin.user.admin openid' };
  assert.deepEqual(await scopesOf('plain', token), []);
  assert.deepEqual(await scopesOf('listed', token), everything);
  const scope = 'openid https://api.example.com/read';
  assert.deepEqual(await scopesOf('plain', { ...token, scope }), []);
  assert.deepEqual(await scopesOf('cognito', { ...token, scope }), ['notes:read']);
  assert.equal(await scopesOf('listed', { ...token, aud: undefined }), 401);
  assert.equal(await scopesOf('listed', { ...token, token_use: 'id' }), 401);
  assert.deepEqual(await scopesOf('client', { ...token, aud: undefined }), []);
  assert.equal(await scopesOf('client', { ...token, aud: undefined, client_id: 'cli' }), 401);
  assert.equal(await scopesOf('client', { ...token, token_use: 'id', aud: 'web' }), 401);
});

test('Clerk', async () => {
  const session = { azp: 'https://app.example.com', sid: 'sess_123', v: 2 };
  assert.deepEqual(await scopesOf('plain', session), everything);
  assert.equal(await scopesOf('plain', { ...session, aud: undefined }), 401);
  assert.deepEqual(await scopesOf('origin', { ...session, aud: undefined }), everything);
  assert.equal(await scopesOf('origin', { ...session, azp: 'https://evil.example', aud: undefined }), 401);
  assert.deepEqual(await scopesOf('azp', session), []);
  const oauth = { client_id: 'cli', scope: 'profile notes:read' };
  assert.deepEqual(await scopesOf('plain', oauth, 'at+jwt'), ['notes:read']);
});

test('Kinde', async () => {
  const token = { aud: [], azp: 'web', scp: ['openid', 'profile'], permissions: [] };
  assert.equal(await scopesOf('plain', token), 401);
  assert.deepEqual(await scopesOf('kinde', token), everything);
  assert.equal(await scopesOf('kinde', { ...token, azp: 'cli' }), 401);
});

test('Supabase', async () => {
  const session = { role: 'authenticated', session_id: 's', aal: 'aal1' };
  assert.deepEqual(await scopesOf('supabase', session), everything);
  const known = { ...session, client_id: '9a8b7c6d-5e4f-4a2b-8c0d-9e8f7a6b5c4d', scope: 'openid email' };
  assert.deepEqual(await scopesOf('plain', known), []);
  assert.deepEqual(await scopesOf('supabase', known), ['notes:read']);
  assert.deepEqual(await scopesOf('supabase', { ...known, client_id: 'x' }), []);
});

test('better-auth', async () => {
  assert.deepEqual(await scopesOf('plain', { id: 'ada', emailVerified: true }), everything);
  const oauth = { client_id: 'web', azp: 'web', scope: 'openid notes:read', sid: 's' };
  assert.deepEqual(await scopesOf('plain', oauth, 'at+jwt'), ['notes:read']);
  assert.deepEqual(await scopesOf('listed', oauth, 'at+jwt'), everything);
});
