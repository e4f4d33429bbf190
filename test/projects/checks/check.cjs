const assert = require('node:assert/strict');

exports.check = async function check({ base, tokenFor, path = '/notes' }) {
  let checks = 0;

  async function ask(method, route, headers, body) {
    const init = { method, headers: { ...headers } };
    if (body !== undefined) {
      init.headers['content-type'] = 'application/json';
      init.body = JSON.stringify(body);
    }
    const answer = await fetch(base + route, init);
    const text = await answer.text();
    return {
      status: answer.status,
      headers: answer.headers,
      body: text === '' ? undefined : JSON.parse(text),
    };
  }

  async function expect(status, code, ...request) {
    const answer = await ask(...request);
    const seen = [answer.status, code && answer.body?.code];
    assert.deepEqual(
      seen,
      [status, code],
      `${request.slice(0, 2).join(' ')}: ${JSON.stringify(answer.body)}`,
    );
    checks++;
    return answer;
  }

  const list = (status, code, headers) => expect(status, code, 'GET', path, headers);
  const bearer = (...claims) => ({ authorization: `Bearer ${tokenFor(...claims)}` });
  const apiKey = (key) => ({ 'x-api-key': key });
  const toolKey = (key) => ({ 'x-tool-key': key });

  // No credential, and wrong ones. Each kind is refused as what it is.
  const anonymous = await list(401, 'MISSING_TOKEN', {});
  assert.match(anonymous.headers.get('www-authenticate') ?? '', /^Bearer realm=/);
  await list(401, 'INVALID_TOKEN', { authorization: `Bearer ${tokenFor('ada').slice(0, -8)}AAAAAAAA` });
  await list(401, 'EXPIRED_TOKEN', bearer('ada', { exp: Math.floor(Date.now() / 1000) - 600 }));
  await list(401, 'INVALID_TOKEN', bearer('ada', { aud: 'another' }));
  await list(401, 'INVALID_API_KEY', apiKey('mk_live_unknown'));
  await list(401, 'INVALID_TOOL_KEY', toolKey('tk_unknown'));

  // A person, and the programs of two people.
  const ada = bearer('ada');
  const grace = bearer('grace');
  const person = await list(200, undefined, ada);
  const other = await list(200, undefined, grace);
  assert.notDeepEqual(person.body, other.body);
  const personal = await expect(201, undefined, 'POST', '/api/v1/auth/api-keys', ada);
  const asProgram = await list(200, undefined, apiKey(personal.body.key));
  assert.deepEqual(asProgram.body, person.body);
  await expect(409, 'KEY_EXISTS', 'POST', '/api/v1/auth/api-keys', ada);

  // An agent, which never manages keys.
  const task = { taskId: 'task-42', ttlSeconds: 600, scopes: ['notes:read'] };
  const agent = await expect(201, undefined, 'POST', '/api/v1/tool-keys', apiKey(personal.body.key), task);
  const asAgent = await list(200, undefined, toolKey(agent.body.key));
  assert.deepEqual(asAgent.body, person.body);
  await expect(403, 'FORBIDDEN', 'GET', '/api/v1/auth/api-keys', toolKey(agent.body.key));

  // Scopes.
  const create = (body) => expect(201, undefined, 'POST', '/api/v1/api-keys', ada, body);
  const files = await create({ name: 'files', scopes: ['files:read'] });
  const rejected = await list(403, 'INSUFFICIENT_SCOPE', apiKey(files.body.key));
  assert.deepEqual(rejected.body.details.missing, ['notes:read']);

  // A limit.
  const rateLimit = { limit: 2, windowSeconds: 600 };
  const limited = await create({ name: 'limited', scopes: ['notes:read'], rateLimit });
  for (const _ of [1, 2]) await list(200, undefined, apiKey(limited.body.key));
  const over = await list(429, 'RATE_LIMITED', apiKey(limited.body.key));
  assert.ok(Number(over.headers.get('retry-after')) > 0);

  // Input that is wrong, and keys of others.
  const wrong = await expect(400, 'VALIDATION_FAILED', 'POST', '/api/v1/api-keys', ada, { name: 1, x: 2 });
  assert.ok(wrong.body.details.length > 0);
  await expect(404, 'NOT_FOUND', 'DELETE', `/api/v1/api-keys/${limited.body.id}`, grace, { reason: 'no' });

  // Revocation, also of what was issued by the revoked key.
  await expect(200, undefined, 'DELETE', `/api/v1/api-keys/${limited.body.id}`, ada, { reason: 'over' });
  await list(401, 'INVALID_API_KEY', apiKey(limited.body.key));
  const { status } = await ask('DELETE', '/api/v1/auth/api-keys', ada);
  assert.ok(status === 200 || status === 204, `revoke: ${status}`);
  await list(401, 'INVALID_API_KEY', apiKey(personal.body.key));
  await list(401, 'INVALID_TOOL_KEY', toolKey(agent.body.key));
  return checks;
};
