import { setTimeout as sleep } from 'node:timers/promises';
import { GatehouseError } from 'nestjs-gatehouse/client';
import { cutOff, joinAsAgent, sayAs, startAgent } from './agent-process.js';

// A worker: has a tool key for one task, and from it learns which. `finish` on its command line lets it come to an end;
// without that it goes on until it is stopped, so that there is something to stop.
const comesToAnEnd = process.argv[2] === 'finish';
const gatehouse = await joinAsAgent();

let say = sayAs('worker');
try {
  const { taskId, attempt, heartbeatSeconds } = await gatehouse.self();
  say = sayAs(`${taskId} #${attempt} worker`);
  // Whichever is first: the work is done, or a beat is rejected.
  await Promise.race([beat(heartbeatSeconds), work(taskId)]);
  say('done');
} catch (error) {
  if (!(error instanceof GatehouseError)) throw error;
  say(`${error.status} ${error.code}: stops`);
  process.exitCode = cutOff;
}

/** Three missed beats in a row end the key, and all keys below it: so the first thing is to beat. */
async function beat(seconds) {
  for (;;) {
    const { leaseUntil } = await gatehouse.beat();
    say(`beat, and may go on until ${leaseUntil.slice(11, 23)}`);
    await sleep(seconds * 1000, undefined, { ref: false });
  }
}

async function work(taskId) {
  const subAgent = await delegate(taskId);
  if (comesToAnEnd) {
    await subAgent.ended;
    return gatehouse.writeNote('finished');
  }
  for (let step = 1; ; step += 1) {
    await gatehouse.writeNote(`step ${step}`);
    await sleep(250);
  }
}

/** A key of its own for the sub-agent: it may only read, and its calls and its time are taken out of the worker's. */
async function delegate(taskId) {
  const request = { taskId, scopes: ['notes:read'], ttlSeconds: 60, maxCalls: comesToAnEnd ? 5 : 300 };
  const { url } = gatehouse;
  const subAgent = await startAgent('sub-agent.js', { url, issue: () => gatehouse.issueToolKey(request) });
  say(`issued ${subAgent.prefix} to a sub-agent`);
  return subAgent;
}
