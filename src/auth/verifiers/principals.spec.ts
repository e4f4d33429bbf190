import { expect, it } from '@jest/globals';
import type { Scope } from '../../principal/scopes.js';
import type { VerifiedJwt } from '../../jwt/verified-jwt.js';
import { principalOfMember, principalOfUser } from './principals.js';

const account = {
  ownerId: 'own',
  userId: 'ada',
  email: null,
  defaultOwnerId: 'own',
  active: true,
  tokensValidFrom: null,
};
const jwt: VerifiedJwt = {
  issuer: 'issuer',
  aliases: [],
  primary: true,
  subject: 'ada',
  email: null,
  issuedAt: undefined,
  validUntil: 1_800_000_030_000,
  expiresAt: 1_800_000_000_000,
  audiences: ['api'],
  otherAudiences: [],
  cachedForMs: 60_000,
  clientId: 'planner',
  scopes: null,
  actors: [],
  tenant: undefined,
  createOwners: false,
  role: null,
  roleScopes: null,
  claims: {},
};
const withScopes = (scopes: readonly Scope[] | null) => principalOfUser(account, { ...jwt, scopes });
const writer = { ownerId: 'acme', role: 'write_agent' } as const;

it('a bounded token acts for another owner within its scopes and those of the membership, without a role', () => {
  const member = principalOfMember(withScopes(['notes:read', 'api-keys:write', 'files:sign']), writer);
  expect(member).toMatchObject({ ownerId: 'acme', role: null, scopes: ['notes:read'] });
  expect(member.source).toHaveProperty('boundedUntil');
});

it('a token with all rights acts for another owner with the role of the membership', () => {
  const member = principalOfMember(withScopes(null), writer);
  expect(member).toMatchObject({ ownerId: 'acme', role: 'write_agent', scopes: ['*:read', '*:write'] });
});
