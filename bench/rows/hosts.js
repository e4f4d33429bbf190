import { unseen } from './tokens.js';

export const plain = 'plain Nest';
export const plainMe = 'plain Nest, an answer like that of /auth/me';
const besideGuarded = 'hand-written guard, unguarded route beside it';
const passport = 'passport-headerapikey, API key';
const jsonwebtoken = '`jsonwebtoken.verify`, new JWTs';
const openTool = 'MCP server without a guard, tool call';
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
    { title: openTool, subject: ['mcp.js', 'open'], request: toolCall },
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
    {
      title: 'MCP tool call, API key',
      subject: ['mcp.js', 'guarded'],
      request: toolCall,
      beside: { title: openTool, least: 1 / 1.15 },
    },
    { title: 'new JWTs', request: get('notes', bearer('{}'), unseen(newToken)), ...newJwts },
    { title: 'new bounded JWTs', request: get('scoped', bearer('{}'), unseen(newBounded)), ...newJwts },
  ].map((row) => ({ subject: ['gatehouse.js'], ...row, title: `Gatehouse, ${row.title}` }));
}

function get(path, headers, more) {
  return (ready) => ({ url: `${ready.url}/${path}`, headers: headers?.(ready), ...more });
}

/** As a client of the revision 2026-07-28 sends it; `{}` would stand for a value. */
function toolCall(ready) {
  const meta = 'io.modelcontextprotocol';
  const envelope = {
    protocolVersion: '2026-07-28',
    clientCapabilities: { roots: { listChanged: true } },
    clientInfo: { name: 'bench', version: '1' },
  };
  const _meta = Object.fromEntries(
    Object.entries(envelope).map(([name, value]) => [`${meta}/${name}`, value]),
  );
  const params = { name: 'echo', arguments: { text: 'x' }, _meta };
  return {
    url: `${ready.url}/mcp`,
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': 'echo',
      ...(ready.key !== undefined && key(ready)),
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }),
  };
}

function key(ready) {
  return { 'x-api-key': ready.key };
}

function bearer(token) {
  return () => ({ authorization: `Bearer ${token}` });
}
