import { setTimeout as sleep } from 'node:timers/promises';
import { cutOff, done, killed, sayAs, startAgent } from './agent-process.js';
import { GatehouseClient } from './gatehouse-client.js';

// The orchestrator: uses a person's API key, and never passes it on. Each task gets a separate key.
const { GATEHOUSE_URL: url, GATEHOUSE_API_KEY: apiKey } = process.env;
const gatehouse = new GatehouseClient(url, { apiKey });
const say = sayAs('orchestrator');
const tasks = ['fetch-prices', 'write-report', 'tidy-notes', 'translate'];

try {
  const ends = await direct();
  const isAsTold = ends.join() === [killed, cutOff, cutOff, cutOff, done].join();
  say(isAsTold ? 'all workers ended as they should' : `workers ended with ${ends.join()}`);
  process.exitCode = isAsTold ? 0 : 1;
} catch (error) {
  // Agents must not outlive their orchestrator.
  await Promise.allSettled(tasks.map((task) => gatehouse.endTask(task)));
  throw error;
}

/** Resolves with how the workers ended. */
async function direct() {
  const workers = [];
  for (const task of tasks) workers.push(await start(task));
  await Promise.all(workers.map(isAtWork));
  await sleep(1000);

  const [prices, report] = workers;
  say('kills the worker on fetch-prices, as a crash would: its lease runs out');
  prices.kill();

  say(`revokes ${report.prefix}, the key of the worker on write-report, and with it its sub-agent's`);
  await gatehouse.revokeToolKey(report.id);

  const { ended } = await gatehouse.endTask('tidy-notes');
  say(`ended tidy-notes, and ${ended} keys with it`);

  const retry = await start('translate', { attempt: 2, args: ['finish'] });
  const ends = await Promise.all([...workers, retry].map((worker) => worker.ended));
  // The key of a worker that is done would be good until its lease runs out.
  await gatehouse.endTask('translate');
  return ends;
}

/** A key that may do less than the orchestrator, for one attempt at a task: a higher attempt ends the keys of this one. */
async function start(taskId, { attempt = 1, args } = {}) {
  const request = {
    taskId,
    attempt,
    scopes: ['notes:read', 'notes:write'],
    ttlSeconds: 120,
    // Three beats are what it takes to notice a crash, and what a worker may be held up.
    heartbeatSeconds: 5,
    maxCalls: 1000,
  };
  const worker = await startAgent('worker.js', { url, args, issue: () => gatehouse.issueToolKey(request) });
  say(`issued ${worker.prefix} for ${taskId}, attempt ${attempt}`);
  return worker;
}

/** Resolves when the worker and its sub-agent have both used their keys, which is on record a second later. */
async function isAtWork({ id, prefix }) {
  for (const giveUpAt = Date.now() + 15_000; Date.now() < giveUpAt; await sleep(100)) {
    const { keys } = await gatehouse.tree(id);
    if (keys.length === 2 && keys.every(({ lastUsedAt }) => lastUsedAt !== null)) return;
  }
  throw new Error(`The worker with ${prefix} or its sub-agent did not get to work`);
}
