import { createRequire } from 'node:module';

const Database = createRequire(import.meta.url)('better-sqlite3');
const hourMs = 3_600_000;

/** A platform with owners, people, keys and a day like many: what the pictures and the tests of screens show. */
export async function seed(service) {
  const admin = service.adminKey;
  const ada = service.token('ada@example.com');
  const { ownerId: adasOwner, userId } = await service.ask(ada, 'GET', '/api/v1/auth/me');
  const owners = {};
  for (const name of ['Acme', 'Globex', 'Initech'])
    owners[name] = (await service.ask(admin, 'POST', '/api/v1/admin/owners', { name })).id;
  const keys = {};
  for (const [name, owner, fields] of keysOf(owners))
    keys[name] = await service.ask(admin, 'POST', '/api/v1/admin/api-keys', {
      name,
      ownerId: owner,
      ...fields,
    });
  keys['ada’s laptop'] = await service.ask(ada, 'POST', '/api/v1/me/api-keys', {
    name: 'ada’s laptop',
    scopes: ['notes:*', 'tool-keys:issue'],
    rateLimit: { limit: 600, windowSeconds: 60 },
  });
  await service.ask(ada, 'POST', '/api/v1/me/api-keys', { name: 'calendar', scopes: ['events:read'] });
  await service.ask(ada, 'POST', '/api/v1/api-keys', { name: 'nightly-report', scopes: ['reports:read'] });
  const id = (name) => keys[name].id;
  await service.ask(admin, 'PATCH', `/api/v1/admin/api-keys/${id('staging-smoke')}`, { enabled: false });
  await service.ask(admin, 'DELETE', `/api/v1/admin/api-keys/${id('backup-agent')}`, {
    reason: 'laptop lost',
  });
  keys['ci-2026'] = await service.ask(admin, 'POST', `/api/v1/admin/api-keys/${id('ci-legacy')}/rotate`, {
    overlapSeconds: 18_600,
  });
  await service.ask(keys['backup-agent'].key, 'GET', '/api/v1/auth/me', undefined, 401);
  for (const name of ['payroll-sync', 'edge-verify', 'ci-legacy', 'ada’s laptop', 'notes-importer'])
    await service.ask(keys[name].key, 'GET', '/api/v1/auth/me', undefined, 401);
  await issueAgents(service, ada, keys['ci-2026'].key);
  await service.restart((file) => writeHistory(file, keys));
  return { admin, ada, keys, owners, adasOwner, userId };
}

/** Two tasks: one with a tree of agents of which one was cut, and one of a program. */
async function issueAgents(service, ada, program) {
  const issue = (credential, fields) => service.ask(credential, 'POST', '/api/v1/tool-keys', fields);
  const task = { taskId: 'summarise-the-quarter' };
  const top = await issue(ada, {
    ...task,
    name: 'orchestrator',
    scopes: ['web:read', 'files:read', 'notes:write'],
    maxCalls: 1_000,
    ttlSeconds: 1_800,
  });
  const researcher = await issue(top.key, {
    ...task,
    name: 'researcher',
    scopes: ['web:read', 'files:read'],
    maxCalls: 300,
  });
  await issue(researcher.key, {
    ...task,
    name: 'pdf-reader',
    scopes: ['files:read'],
    heartbeatSeconds: 20,
    maxCalls: 12,
  });
  await issue(top.key, {
    ...task,
    name: 'writer',
    scopes: ['notes:write'],
    heartbeatSeconds: 60,
    maxCalls: 200,
  });
  const checker = await issue(top.key, { ...task, name: 'fact-checker', scopes: ['web:read'] });
  await service.ask(ada, 'DELETE', `/api/v1/tool-keys/${checker.id}`);
  const nightly = { taskId: 'nightly-index' };
  const indexer = await issue(program, {
    ...nightly,
    name: 'indexer',
    scopes: ['files:read'],
    ttlSeconds: 3_600,
  });
  await issue(indexer.key, { ...nightly, name: 'shard-7', scopes: ['files:read'], heartbeatSeconds: 30 });
  for (let call = 0; call < 11; call++) await service.ask(researcher.key, 'GET', '/api/v1/tool-keys/self');
}

const inDays = (days) => new Date(Date.now() + days * 24 * hourMs).toISOString();

const keysOf = ({ Acme, Globex, Initech }) => [
  ['demo-2024', Initech, { scopes: ['demo:read'], environment: 'test' }],
  ['staging-smoke', Acme, { role: 'read_only', environment: 'test', expiresAt: inDays(12.5) }],
  ['edge-verify', undefined, { scopes: ['api-keys:verify'] }],
  ['backup-agent', Globex, { scopes: ['files:*'] }],
  [
    'ci-legacy',
    Globex,
    {
      scopes: [
        'files:read',
        'builds:write',
        'files:write',
        'files:delete',
        'releases:write',
        'tool-keys:issue',
      ],
      rateLimit: { limit: 600, windowSeconds: 60 },
      expiresAt: inDays(180),
    },
  ],
  ['notes-importer', Acme, { scopes: ['notes:read'], expiresAt: inDays(71.5) }],
  [
    'payroll-sync',
    Acme,
    {
      scopes: ['payroll:read', 'payroll:write'],
      expiresAt: inDays(2.4),
      allowedIps: ['127.0.0.1', '203.0.113.0/24'],
    },
  ],
];

/** 30 days of hourly counts, a last use, and a key that nobody has used for long. The same numbers on every run. */
function writeHistory(file, keys) {
  const database = new Database(file);
  const random = numbers(7);
  const now = Math.floor(Date.now() / hourMs);
  const count = database.prepare(
    `INSERT INTO key_usage_counts (key_id, hour, outcome, count, owner_id, key_type) VALUES (?, ?, ?, ?, ?, 'api_key')
     ON CONFLICT DO UPDATE SET count = count + excluded.count`,
  );
  const add = (name, hour, outcome, n) => {
    const key = keys[name];
    if (n >= 1) count.run(key.id, hour, outcome, Math.round(n), key.ownerId);
  };
  const minutes = database.prepare(
    `INSERT INTO usage_minutes (owner_id, minute, outcome, count) VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET count = count + excluded.count`,
  );
  const rates = {
    'edge-verify': 92_000,
    'notes-importer': 14_000,
    'ci-legacy': 4_100,
    'payroll-sync': 1_700,
    'ada’s laptop': 16,
  };
  database.transaction(() => {
    for (let ago = 120; ago >= 1; ago--) {
      const n = 1_400 + 500 * Math.sin(ago / 9) + 300 * random();
      const minute = Math.floor(Date.now() / 60_000) - ago;
      for (const [outcome, share] of Object.entries({
        VALID: 1,
        RATE_LIMITED: 0.02,
        EXPIRED: ago % 13 === 4 ? 0.2 : 0,
      }))
        if (share > 0) minutes.run('*', minute, outcome, Math.round(n * share));
    }
    for (let ago = 719; ago >= 0; ago--) {
      const hour = now - ago;
      const ofDay = 0.55 + 0.45 * Math.sin(((hour % 24) / 24) * 2 * Math.PI - 1.8);
      for (const [name, rate] of Object.entries(rates)) {
        const n = rate * (ofDay + random() * 0.12);
        add(name, hour, 'VALID', n);
        if (rate > 1_000) add(name, hour, 'RATE_LIMITED', n * 0.03 * random());
      }
      if (ago < 700) add('ci-2026', hour, 'VALID', ago < 2 ? 900 * random() : 0);
      if (ago <= 9 && ago >= 5) add('backup-agent', hour, 'REVOKED', 21_000 + random() * 9_000);
      if (ago % 11 === 3) add('notes-importer', hour, 'INSUFFICIENT_SCOPE', 900 * random());
      if (ago % 17 < 2) add('payroll-sync', hour, 'IP_NOT_ALLOWED', 160 * random());
    }
    const long = (now - 214 * 24) * hourMs;
    database
      .prepare('UPDATE api_keys SET created_at = ?, idle_since = ? WHERE id = ?')
      .run(long, long, keys['demo-2024'].id);
    const lastUse = database.prepare(
      'UPDATE api_keys SET last_used_at = ?, last_used_ip = ?, last_used_user_agent = ? WHERE id = ?',
    );
    lastUse.run(Date.now() - 140_000, '203.0.113.21', 'node-fetch', keys['ci-2026'].id);
    lastUse.run(Date.now() - 6.2 * hourMs, '198.51.100.7', 'restic/0.16', keys['backup-agent'].id);
    lastUse.run(Date.now() - 11 * 24 * hourMs, '203.0.113.9', 'k6/0.49', keys['staging-smoke'].id);
    lastUse.run(long, '203.0.113.80', 'curl/7.88', keys['demo-2024'].id);
    const use = database.prepare('INSERT OR REPLACE INTO key_scope_uses VALUES (?, ?, ?, ?)');
    const [first, last] = [(now - 80 * 24) * hourMs, now * hourMs];
    for (const scope of ['', 'files:read', 'builds:write']) use.run(keys['ci-2026'].id, scope, first, last);
  })();
  database.close();
}

/** Park and Miller's generator. */
function numbers(seed) {
  let last = seed;
  return () => (last = (last * 16_807) % 2_147_483_647) / 2_147_483_647;
}
