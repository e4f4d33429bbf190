import { newTokens } from './new-tokens.js';

/**
 * What is measured, by name; `bare` is what the others are compared with. `requestsFor` is asked before each round,
 * `aim` is the least share of `bare`.
 */
export function rowsOf({ service, bare, plain }, credentials) {
  const { token, boundedToken, newToken, apiKey, limited, toolKey, garbage, unknownKey } = credentials;
  const guarded = `${service}/bench/guarded`;
  const scoped = `${service}/bench/scoped`;
  const always = (headers) => () => [{ headers }];
  const freshTokens = (seconds) => newTokens(newToken, seconds);
  const rows = {
    bare: { title: '**bare**: no guard', url: `${bare}/bench/bare` },
    apiKey: { title: 'API key, repeated', requestsFor: always({ 'x-api-key': apiKey }), aim: 0.7 },
    limitedKey: {
      title: 'API key with a usage count and a limit, repeated',
      requestsFor: always({ 'x-api-key': limited.key }),
      aim: 0.6,
    },
    jwt: { title: 'JWT, repeated', requestsFor: always({ authorization: `Bearer ${token}` }), aim: 0.65 },
    scopedJwt: {
      title: 'JWT, repeated, on a route with `@RequireScopes`',
      requestsFor: always({ authorization: `Bearer ${token}` }),
      url: scoped,
    },
    boundedJwt: {
      title: 'the same route, JWT bounded to its scopes',
      requestsFor: always({ authorization: `Bearer ${boundedToken}` }),
      url: scoped,
    },
    garbage: {
      title: '401: our prefix, wrong checksum',
      requestsFor: always({ 'x-api-key': garbage }),
      status: 401,
      aim: 0.6,
      mostDatabaseCalls: 0,
    },
    unknownKey: {
      title: '401: unknown key, repeated',
      requestsFor: always({ 'x-api-key': unknownKey }),
      status: 401,
    },
    toolKey: { title: 'tool key at depth 5, repeated', requestsFor: always({ 'x-tool-key': toolKey }) },
    coldJwt: { title: 'JWT, a new one each time', requestsFor: freshTokens },
    handWritten: {
      title: 'the same, hand-written guard with jsonwebtoken',
      requestsFor: freshTokens,
      url: `${bare}/bench/hand-written`,
    },
    publicRoute: { title: '`@Public()` under the global guard', url: `${service}/bench/public` },
    plain: { title: 'plain Nest on Fastify, without Gatehouse', url: `${plain}/bench/bare` },
  };
  const defaults = { url: guarded, status: 200, requestsFor: () => [{}] };
  return Object.entries(rows).map(([name, row]) => ({ name, ...defaults, ...row }));
}
