import { generateKeyPairSync, sign } from 'node:crypto';
import type { IssuerOptions } from '../jwt/issuers.js';
import { v7 } from 'uuid';
import {
  headerOf,
  testCredentials,
  type TestHeaders,
  testOwnerIdOf,
  testUserId,
} from './test-credentials.js';

const issuer = 'https://gatehouse-testing.invalid/';
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** Signs the tokens of `asUser()` with a key pair that is made when the kit is loaded and never leaves the process. */
export const testIssuer: IssuerOptions = {
  issuer,
  audience: issuer,
  publicKey: publicKey.export({ format: 'jwk' }),
  primary: false,
  setBy: 'AuthTestingModule',
};

/** `expiresAt` in epoch milliseconds. */
function signTestToken(subject: string, email: string | null, expiresAt: number): string {
  const claims = { iss: issuer, aud: issuer, sub: subject, email, exp: expiresAt / 1000 };
  const signed = `${encode({ alg: 'ES256', typ: 'JWT' })}.${encode(claims)}`;
  const signature = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

/** What a test says of a person. */
export interface TestUserOptions {
  /** `testUserId` unless given. */
  readonly userId?: string;
  /** The one owner of this user unless given, see `testOwnerIdOf`. */
  readonly ownerId?: string;
  /** `ada@example.com` unless given. */
  readonly email?: string | null;
  /** When the token ends, by the clock of the application; far away unless given. */
  readonly expiresAt?: Date;
  /** True for a user who was disabled: 401 `USER_NOT_FOUND`. */
  readonly disabled?: boolean;
}

const farAway = Date.UTC(9999, 0);

/** The headers of a person's request, for an application with `AuthTestingModule`: an own token each time. */
export function asUser({
  userId = testUserId,
  ownerId = testOwnerIdOf(userId),
  email = 'ada@example.com',
  expiresAt = new Date(farAway),
  disabled = false,
}: TestUserOptions = {}): TestHeaders {
  const subject = v7();
  testCredentials.logins.set(subject, { ownerId, userId, email, defaultOwnerId: ownerId, active: !disabled });
  return headerOf('authorization', signTestToken(subject, email, expiresAt.getTime()));
}
