import { createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import type { IssuerOptions } from '../jwt/issuers.js';
import type { Scope } from '../principal/scopes.js';
import { v7 } from 'uuid';
import {
  headerOf,
  requireScopes,
  testCredentials,
  type TestHeaders,
  testOwnerIdOf,
  testUserId,
} from './test-credentials.js';

const issuer = 'https://gatehouse-testing.invalid/';
// As PEM: Node 20 can hang where it exports the generated key object itself as a JWK.
const pair = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const privateKey = createPrivateKey(pair.privateKey);

/** Signs the tokens of `asUser()` with a key pair that is made when the kit is loaded and never leaves the process. */
export const testIssuer: IssuerOptions = {
  issuer,
  audience: issuer,
  publicKey: pair.publicKey,
  primary: false,
  setBy: 'AuthTestingModule',
};

function signTestToken(more: object): string {
  const claims = { iss: issuer, aud: issuer, ...more };
  const signed = `${encode({ alg: 'ES256', typ: 'JWT' })}.${encode(claims)}`;
  const signature = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

/** A user in a test. */
export interface TestUserOptions {
  /** By default `testUserId`. */
  readonly userId?: string;
  /** By default the user's owner, see `testOwnerIdOf`. */
  readonly ownerId?: string;
  /** By default `ada@example.com`. */
  readonly email?: string | null;
  /** Expiry of the token, by the application's clock; by default in the year 9999. */
  readonly expiresAt?: Date;
  /** The client that the token was issued to. */
  readonly clientId?: string;
  /** Bounds the token to these scopes. With a `clientId` alone it is bounded to nothing. */
  readonly scopes?: readonly Scope[];
  /** A disabled user gets 401 `USER_NOT_FOUND`. */
  readonly disabled?: boolean;
}

const farAway = Date.UTC(9999, 0);

/** The headers of a person's request, for an application with `AuthTestingModule`: an own token each time. */
export function asUser({
  userId = testUserId,
  ownerId = testOwnerIdOf(userId),
  email = 'ada@example.com',
  expiresAt = new Date(farAway),
  clientId,
  scopes,
  disabled = false,
}: TestUserOptions = {}): TestHeaders {
  const subject = v7();
  const account = { ownerId, userId, email, defaultOwnerId: ownerId, tokensValidFrom: null };
  testCredentials.logins.set(subject, { ...account, active: !disabled });
  const scope = scopes && requireScopes('asUser', scopes).join(' ');
  const claims = { sub: subject, email, exp: expiresAt.getTime() / 1000, client_id: clientId, scope };
  return headerOf('authorization', signTestToken(claims));
}
