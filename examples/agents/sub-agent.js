import { setTimeout as sleep } from 'node:timers/promises';
import { GatehouseError } from 'nestjs-gatehouse/client';
import { cutOff, done, joinAsAgent, sayAs } from './agent-process.js';

// A sub-agent: reads notes for the worker that started it, and may do nothing else.
const gatehouse = await joinAsAgent();

let say = sayAs('sub-agent');
try {
  const { taskId, attempt, scopes, remainingCalls } = await gatehouse.self();
  say = sayAs(`${taskId} #${attempt} sub-agent`);
  say(`at work with ${scopes.join(', ')} and ${remainingCalls} calls`);
  for (;;) {
    await gatehouse.readNotes();
    await sleep(250);
  }
} catch (error) {
  if (!(error instanceof GatehouseError)) throw error;
  say(`${error.status} ${error.code}: stops`);
  // With 401 the key is good for nothing any more.
  process.exitCode = error.status === 401 ? cutOff : done;
}
