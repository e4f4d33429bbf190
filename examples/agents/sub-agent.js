import { setTimeout as sleep } from 'node:timers/promises';
import { cutOff, done, joinAsAgent, sayAs } from './agent-process.js';
import { Refused } from './gatehouse-client.js';

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
  if (!(error instanceof Refused)) throw error;
  say(`${error.status} ${error.code}: stops`);
  process.exitCode = error.isTheEnd ? cutOff : done;
}
