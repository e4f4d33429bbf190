import { withSameSafety } from './better-auth.js';
import { plainMe } from './hosts.js';
import { unseen } from './tokens.js';

const me = '/api/v1/auth/me';
const besidePlain = { table: 'on Fastify', title: plainMe };

/** The service, as `npm start` runs it. `ready` holds its credentials. */
export const rowsOfService = [
  {
    title: 'API key',
    request: ({ apiKey }) => ({ headers: { 'x-api-key': apiKey } }),
    least: 0.62,
    beside: besidePlain,
  },
  {
    title: 'access key',
    request: ({ accessKey }) => ({ headers: { 'x-api-key': accessKey } }),
    beside: { title: 'API key', least: 0.98 },
  },
  {
    title: 'API key with count and limit',
    request: ({ limited }) => ({ headers: { 'x-api-key': limited.key } }),
    beside: { table: 'better-auth', title: withSameSafety, least: 12 },
  },
  {
    title: 'JWT',
    request: ({ token }) => ({ headers: { authorization: `Bearer ${token}` } }),
    least: 0.6,
    beside: besidePlain,
  },
  {
    title: 'new JWTs',
    request: ({ newToken }) => ({ headers: { authorization: 'Bearer {}' }, ...unseen(newToken) }),
  },
  {
    title: 'tool key at depth 5',
    request: ({ toolKey }) => ({ headers: { 'x-tool-key': toolKey } }),
    beside: { title: 'API key', least: 0.95 },
  },
  {
    title: 'forward auth, API key',
    path: '/api/v1/auth/check',
    request: ({ apiKey }) => ({ headers: { 'x-api-key': apiKey }, status: 204 }),
    least: 0.6,
  },
  {
    title: 'verify endpoint, API key',
    path: '/api/v1/api-keys/verify',
    request: ({ verifier, apiKey }) => ({
      method: 'POST',
      headers: { 'x-api-key': verifier, 'content-type': 'application/json' },
      body: JSON.stringify({ key: apiKey }),
    }),
    least: 0.4,
  },
  {
    title: '401, our prefix and a wrong checksum',
    request: ({ garbage }) => ({ headers: { 'x-api-key': garbage }, status: 401 }),
    least: 0.5,
    mostDatabaseCalls: 0,
  },
  {
    title: '401, unknown key',
    request: ({ unknownKey }) => ({ headers: { 'x-api-key': unknownKey }, status: 401 }),
    least: 0.45,
  },
  { title: '401, no credential', request: () => ({ status: 401 }), least: 0.6, mostDatabaseCalls: 0 },
  { title: '/health/live', path: '/health/live', request: () => ({}) },
].map(({ path = me, request, ...row }) => ({
  ...row,
  subject: 'service',
  request: (ready) => ({ url: ready.url + path, ...request(ready) }),
}));
