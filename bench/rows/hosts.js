import { unseen } from './tokens.js';

export const plain = 'plain Nest';
export const plainMe = 'plain Nest, an answer like that of /auth/me';
const besideGuarded = 'hand-written guard, unguarded route beside it';
const passport = 'passport-headerapikey, API key';
const jsonwebtoken = '`jsonwebtoken.verify`, new JWTs';
const both = "`AuthGuard(['jwt', 'headerapikey'])`";

/** Applications on one platform, `fastify` or `express`, without us and with our modules. */
export function rowsOfHosts(platform, issuer) {
  return [...rowsWithoutUs(platform, issuer), ...rowsWithUs(platform, issuer)]
    .filter(({ isOnFastifyAlone = false }) => platform === 'fastify' || !isOnFastifyAlone)
    .map(({ subject: [script, ...args], ...row }) => ({
      ...row,
      subject: [script, platform, ...args].join(' '),
    }));
}

function rowsWithoutUs(platform, { newToken }) {
  const jwt = bearer(newToken());
  const bothStrategies = ['passport.js', 'jwt,headerapikey'];
  return [
    { title: plain, subject: ['plain.js'], request: get('notes') },
    { title: plainMe, subject: ['plain.js', 'me'], request: get('me'), isOnFastifyAlone: true },
    { title: besideGuarded, subject: ['hand-written.js'], request: get('unguarded') },
    { title: 'hand-written guard, API key', subject: ['hand-written.js'], request: get('notes', key) },
    { title: passport, subject: ['passport.js', 'headerapikey'], request: get('notes', key) },
    { title: `${both}, API key`, subject: bothStrategies, request: get('notes', key) },
    { title: `${both}, JWT`, subject: bothStrategies, request: get('notes', jwt) },
    {
      title: 'passport-jwt, cache of fast-jwt, JWT',
      subject: ['fast-jwt.js', 'jwt'],
      request: get('notes', jwt),
      isOnFastifyAlone: true,
    },
    {
      title: jsonwebtoken,
      subject: ['hand-written.js'],
      request: get('notes-jwt', bearer('{}'), unseen(newToken)),
      isOnFastifyAlone: true,
    },
  ];
}

function rowsWithUs(platform, { newToken }) {
  const aims =
    platform === 'fastify' ? { unguarded: 0.97, key: 0.72, jwt: 0.7, passport: 1.4 } : { unguarded: 0.95 };
  const newBounded = () => newToken({ client_id: 'cli', scope: 'notes:read' });
  const jwt = bearer(newToken());
  const besidePassport = { title: passport, least: aims.passport };
  // What costs 1.15 times as much does 0.87 times as much.
  const newJwts = { beside: { title: jsonwebtoken, least: 1 / 1.15 }, isOnFastifyAlone: true };
  return [
    {
      title: 'unguarded route',
      subject: ['gatehouse.js', 'imported'],
      request: get('unguarded'),
      least: aims.unguarded,
    },
    {
      title: 'unguarded route beside guarded ones',
      request: get('unguarded'),
      beside: { title: besideGuarded },
    },
    { title: 'API key', request: get('notes', key), least: aims.key, beside: besidePassport },
    { title: 'JWT', request: get('notes', jwt), least: aims.jwt, beside: besidePassport },
    { title: 'JWT, route with a scope', request: get('scoped', jwt), isOnFastifyAlone: true },
    { title: 'bounded JWT, route with a scope', request: get('scoped', bearer(newBounded())) },
    { title: 'new JWTs', request: get('notes', bearer('{}'), unseen(newToken)), ...newJwts },
    { title: 'new bounded JWTs', request: get('scoped', bearer('{}'), unseen(newBounded)), ...newJwts },
  ].map((row) => ({ subject: ['gatehouse.js'], ...row, title: `Gatehouse, ${row.title}` }));
}

function get(path, headers, more) {
  return (ready) => ({ url: `${ready.url}/${path}`, headers: headers?.(ready), ...more });
}

function key(ready) {
  return { 'x-api-key': ready.key };
}

function bearer(token) {
  return () => ({ authorization: `Bearer ${token}` });
}
