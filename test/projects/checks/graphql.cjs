const assert = require('node:assert/strict');

/** What both projects with GraphQL ask of their resolvers, at `/graphql`, and of the routes for keys. */
exports.checkGraphql = async function checkGraphql({ base, tokenFor }) {
  const bearer = (...claims) => ({ authorization: `Bearer ${tokenFor(...claims)}` });
  const apiKey = (text) => ({ 'x-api-key': text });

  async function send(path, headers, body, options = { method: 'POST' }) {
    const sent = { 'content-type': 'application/json', ...headers };
    const answer = await fetch(base + path, {
      ...options,
      headers: sent,
      body: JSON.stringify(body),
    });
    return { headers: answer.headers, body: await answer.json() };
  }
  const ask = async (query, headers = {}) => send('/graphql', headers, { query });
  const create = async (settings) => (await send('/api/v1/api-keys', bearer('ada'), settings)).body;
  async function answers(data, query, headers) {
    const { body } = await ask(query, headers);
    assert.deepEqual(body, { data }, `${query}: ${JSON.stringify(body)}`);
  }
  async function rejects(code, reason, query, headers) {
    const { body } = await ask(query, headers);
    const { extensions } = body.errors?.[0] ?? {};
    assert.deepEqual([extensions?.code, extensions?.reason], [code, reason], JSON.stringify(body));
    return body.errors;
  }

  // No credential, and wrong ones. Each kind is refused as what it is.
  await rejects('UNAUTHENTICATED', 'MISSING_TOKEN', '{ who }');
  await rejects('UNAUTHENTICATED', 'INVALID_TOKEN', '{ who }', {
    authorization: `Bearer ${tokenFor('ada').slice(0, -8)}AAAAAAAA`,
  });
  await rejects('UNAUTHENTICATED', 'EXPIRED_TOKEN', '{ who }', bearer('ada', { exp: 1_700_000_000 }));
  await rejects('UNAUTHENTICATED', 'INVALID_API_KEY', '{ who }', apiKey('mk_live_unknown'));
  await rejects('UNAUTHENTICATED', 'INVALID_TOOL_KEY', '{ who }', { 'x-tool-key': 'tk_unknown' });

  // The three credentials, and nobody where that is allowed.
  await answers({ who: 'jwt', isMe: true }, '{ who isMe }', bearer('ada'));
  const all = await create({ name: 'all', scopes: ['notes:read'] });
  await answers({ who: 'api_key' }, '{ who }', apiKey(all.key));
  const task = { taskId: 'task-1', ttlSeconds: 600, scopes: ['notes:read'] };
  const agent = (await send('/api/v1/tool-keys', bearer('ada'), task)).body;
  await answers({ who: 'tool_key', open: 'in' }, '{ who open }', { 'x-tool-key': agent.key });
  await rejects('FORBIDDEN', 'FORBIDDEN', '{ people }', { 'x-tool-key': agent.key });
  await answers({ ownerId: null }, '{ ownerId }');
  await answers({ ownerId: null }, '{ ownerId }', apiKey('mk_live_unknown'));

  // A scope; a field below has the user, too. One field that is refused leaves the others.
  const { body } = await ask('{ notes { ownerId isMine } }', apiKey(all.key));
  assert.equal(body.data.notes[0].isMine, true, JSON.stringify(body));
  const files = await create({ name: 'files', scopes: ['files:read'] });
  const [lacking] = await rejects(
    'FORBIDDEN',
    'INSUFFICIENT_SCOPE',
    '{ notes { ownerId } }',
    apiKey(files.key),
  );
  assert.deepEqual(lacking.extensions.details.missing, ['notes:read']);
  const mixed = await ask('{ maybe: ownerId notesOrNull who }', apiKey(files.key));
  assert.equal(mixed.body.data.who, 'api_key');
  assert.equal(mixed.body.data.notesOrNull, null);
  assert.equal(typeof mixed.body.data.maybe, 'string');

  // An operation counts once, however many fields it has; each operation of a batch counts.
  const limited = (limit) =>
    create({ name: 'limited', scopes: ['notes:read'], rateLimit: { limit, windowSeconds: 600 } });
  const three = await limited(3);
  const many = `{ ${Array.from({ length: 20 }, (_, index) => `a${index}: who`).join(' ')} notes { ownerId } }`;
  const first = await ask(many, apiKey(three.key));
  assert.equal(first.body.errors, undefined, JSON.stringify(first.body));
  const batch = [{ query: '{ who }' }, { query: '{ who }' }, { query: '{ who }' }];
  const { body: batched } = await send('/graphql', apiKey(three.key), batch);
  assert.deepEqual(batched.map(({ errors }) => errors?.[0].extensions.reason ?? 'in').sort(), [
    'RATE_LIMITED',
    'in',
    'in',
  ]);
  const [over] = await rejects('RATE_LIMITED', 'RATE_LIMITED', many, apiKey(three.key));
  assert.ok(over.extensions.retryAfterSeconds > 0);
  const usage = await fetch(`${base}/api/v1/api-keys/${three.id}/usage`, { headers: bearer('ada') });
  assert.deepEqual((await usage.json()).total, { VALID: 3, RATE_LIMITED: 2 });

  // A budget: fields that are unmetered open none that are metered.
  const paid = { taskId: 'task-2', ttlSeconds: 600, scopes: ['notes:read'], maxCalls: 2 };
  const { body: payer } = await send('/api/v1/tool-keys', bearer('ada'), paid);
  const asPayer = { 'x-tool-key': payer.key };
  for (const _ of [1, 2, 3]) await answers({ free: 'in' }, '{ free }', asPayer);
  await answers({ free: 'in', who: 'tool_key' }, '{ free who }', asPayer);
  await answers({ who: 'tool_key', again: 'tool_key' }, '{ who again: who }', asPayer);
  await rejects('BUDGET_EXCEEDED', 'BUDGET_EXCEEDED', '{ free who }', asPayer);

  // Revocation.
  await send(`/api/v1/api-keys/${all.id}`, bearer('ada'), { reason: 'over' }, { method: 'DELETE' });
  await rejects('UNAUTHENTICATED', 'INVALID_API_KEY', '{ who }', apiKey(all.key));
  return { create };
};
