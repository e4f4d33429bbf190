import { v7 } from 'uuid';
import { KeyMint } from '../../dist/key-store/key-mint.js';
import { taskRefOf } from '../../dist/key-store/tool-key.entity.js';
import { median } from '../numbers.js';

const rounds = 3;
const size = 10_000;
/** How many keys each key issued, from the root down. */
const children = [9, 10, 10, 10];
const mint = new KeyMint();

/** Milliseconds from the request that ends a tree to its answer, with as many keys of it cached as possible; the median. */
export async function measureTree(server, database) {
  const times = [];
  for (let round = 0; round < rounds; round += 1) times.push(await endTree(server, database, round));
  return median(times);
}

async function endTree(server, database, round) {
  const { url, token } = server.ready;
  const root = await ask(`${url}/api/v1/tool-keys`, 'POST', token, { taskId: `tree ${round}` });
  const tree = await grow(database, root);
  const keys = [root.key, ...tree.map(({ key }) => key)];
  const cached = await server.ask('cache', keys);
  if (keys.length !== size || cached === 0) throw new Error(`${cached} of ${keys.length} keys are cached`);
  const start = performance.now();
  await ask(`${url}/api/v1/tool-keys/${root.id}`, 'DELETE', token);
  const elapsed = performance.now() - start;
  for (let index = 0; index < size; index += 97) await expectRejected(url, keys[index]);
  return elapsed;
}

/** Rows as they would be had each key issued the ones below it. */
async function grow(database, root) {
  const now = Date.now();
  const made = [];
  let level = [{ id: root.id, actorChain: root.actorChain }];
  const [user] = root.actorChain;
  const ownerId = await database.ownerOf(root.id);
  for (const [above, count] of children.entries()) {
    level = level.flatMap((parent) =>
      Array.from({ length: count }, () => {
        const id = v7();
        const { key, hash, prefix } = mint.mintToolKey();
        const actorChain = [...parent.actorChain, { type: 'tool_key', id }];
        const row = {
          id,
          owner_id: ownerId,
          task_ref: taskRefOf(ownerId, root.taskId),
          task_id: root.taskId,
          depth: above + 2,
          parent_id: parent.id,
          issuer_user_id: user.id,
          key_hash: hash,
          key_prefix: prefix,
          scopes: '["*:*"]',
          actor_chain: JSON.stringify(actorChain),
          expires_at: now + 600_000,
          ends_at: now + 600_000,
          created_at: now,
        };
        return { id, key, actorChain, row };
      }),
    );
    made.push(...level);
  }
  const rows = made.map(({ row }) => Object.values(row));
  await database.insert('tool_keys', Object.keys(made[0].row), rows);
  return made;
}

async function expectRejected(url, key) {
  const { status } = await fetch(`${url}/api/v1/auth/me`, { headers: { 'x-tool-key': key } });
  if (status !== 401) throw new Error(`A key of a tree that was ended was answered ${status}`);
}

async function ask(url, method, token, fields) {
  const headers = { authorization: `Bearer ${token}` };
  if (fields !== undefined) headers['content-type'] = 'application/json';
  const options = { method, headers, body: JSON.stringify(fields) };
  const response = await fetch(url, options);
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return response.json();
}
