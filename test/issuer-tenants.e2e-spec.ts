import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import jwt from 'jsonwebtoken';
import { type Gatehouse, startGatehouse } from './support/gatehouse.js';

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const template = 'https://login.example.com/{tenant}/v2.0';
const of = (tenant: string) => template.replace('{tenant}', tenant);
/** A subject that would be a user id unchanged at a primary issuer. */
const subject = '7d5f3a52-3c0e-4a7e-9a53-0f6f1f0a7f11';
let gatehouse: Gatehouse;

beforeAll(async () => {
  const publicKeys = publicKey.export({ format: 'jwk' });
  gatehouse = await startGatehouse({
    issuers: [{ issuer: template, tenants: ['acme', 'beta'], audience: 'api', publicKey: publicKeys }],
  });
});
afterAll(() => gatehouse.close());

const me = async (tenant: string) => {
  const claims = { iat: Math.floor(gatehouse.now() / 1000), exp: Math.floor(gatehouse.now() / 1000) + 600 };
  const token = jwt.sign(claims, privateKey, {
    algorithm: 'ES256',
    issuer: of(tenant),
    audience: 'api',
    subject,
  });
  const { status, body } = await gatehouse.send('GET', '/api/v1/auth/me', {
    headers: { authorization: `Bearer ${token}` },
  });
  return status === 200 ? body : { code: body.code };
};
const signOut = (issuer: string) =>
  gatehouse.send('POST', '/api/v1/admin/issuers/sign-out', {
    headers: { 'x-api-key': gatehouse.adminKey },
    body: { issuer },
  });

it('one subject at two tenants is two users of two owners, neither with the subject as its id', async () => {
  const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
  const [acme, beta] = [await me('acme'), await me('beta')];
  // The warning of an issuer that was renamed says how to make them one.
  expect(warn).not.toHaveBeenCalled();
  warn.mockRestore();
  expect(new Set([acme.userId, beta.userId, subject, acme.ownerId, beta.ownerId]).size).toBe(5);
  expect([(await me('acme')).userId, await me('other')]).toEqual([acme.userId, { code: 'INVALID_TOKEN' }]);
});

it('a tenant is signed out by its issuer, without the others', async () => {
  expect([(await signOut(of('acme'))).status, (await signOut(of('other'))).status]).toEqual([200, 404]);
  expect(await me('acme')).toEqual({ code: 'INVALID_TOKEN' });
  expect(await me('beta')).toHaveProperty('userId');
});
