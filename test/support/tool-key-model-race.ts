import { setTimeout as pause } from 'node:timers/promises';
import { expect } from '@jest/globals';
import type { Answer } from './gatehouse.js';
import type { ModelApiKey, ModelToolKey } from './tool-key-model.js';
import { ToolKeyLaws } from './tool-key-model-laws.js';
import type { Move } from './tool-key-model-move.js';
import type { Batch } from './tool-key-model-mixes.js';
import { movesOf } from './tool-key-model-moves.js';
import { drain, told } from './tool-key-model-play.js';
import { spellOut } from './tool-key-model-scopes.js';
import type { Step } from './tool-key-model-steps.js';
import type { ToolKeyWorld } from './tool-key-model-world.js';

interface Asked {
  readonly what: Step['do'];
  readonly move: Move;
  readonly answer: Answer | undefined;
  /** The expected status before the race. */
  readonly before: number | undefined;
}

/** Steps that end no key and change no rights: their answers follow from the state before or after. */
const calm: ReadonlySet<Step['do']> = new Set(['issue', 'use', 'beat', 'all beat', 'look', 'note ends']);

/** All steps of a batch at once; between the batches has to be true what does not depend on their order. */
export async function playAtOnce(world: ToolKeyWorld, batches: readonly Batch[]): Promise<void> {
  const laws = new ToolKeyLaws(world);
  const history: string[] = [];
  await told(history, async () => {
    for (const batch of batches) {
      const attempts = attemptsOf(world);
      const asked = await askAll(world, batch);
      history.push(asked.map(({ move, answer }) => `${move.text} (${answer?.status ?? ''})`).join(' | '));
      await learnAll(world, asked);
      if (asked.every(({ what }) => calm.has(what)) && attemptsOf(world) === attempts) checkAnswers(asked);
      await laws.check();
    }
    await laws.checkAccounts();
    await drain(world);
  });
}

async function askAll(world: ToolKeyWorld, { steps }: Batch): Promise<Asked[]> {
  const all = steps.flatMap(({ step, after }) =>
    movesOf(world, step).map((move) => ({ what: step.do, after, move, before: move.expected()?.status })),
  );
  return Promise.all(
    all.map(async ({ after, ...one }) => {
      await pause(after);
      return { ...one, answer: await one.move.send() };
    }),
  );
}

async function learnAll(world: ToolKeyWorld, asked: readonly Asked[]): Promise<void> {
  const faults = asked.filter(({ answer }) => answer !== undefined && answer.status >= 500);
  expect(faults.map(({ move, answer }) => `${move.text}: ${answer?.text}`)).toEqual([]);
  const done = asked.filter(({ answer }) => answer !== undefined && answer.status < 300);
  const isTaskEnd = ({ what }: Asked) => what === 'end task';
  // The end of a task surely ends the keys that were there before.
  for (const { move, answer } of done.filter(isTaskEnd)) move.learn(answer as Answer);
  const known = world.toolKeys.length;
  for (const { move, answer } of done.filter((one) => !isTaskEnd(one))) move.learn(answer as Answer);
  if (done.some(isTaskEnd)) for (const key of world.toolKeys.slice(known)) await findOutIfCut(world, key);
  for (const key of world.apiKeys) if (!key.isRevoked) await findOutSettings(world, key);
}

/** It was issued while a task was ended, in unknown order. */
async function findOutIfCut(world: ToolKeyWorld, key: ModelToolKey): Promise<void> {
  const { body } = await world.asPerson(key.task.owner, 'GET', `/api/v1/tool-keys/${key.id}`);
  if (body.endedBecause === 'REVOKED') key.isCut = true;
}

/** The last of the changes at the same time has won. */
async function findOutSettings(world: ToolKeyWorld, key: ModelApiKey): Promise<void> {
  if (key.kind === 'personal') {
    const { body } = await world.asPerson(key.owner, 'GET', '/api/v1/auth/api-keys');
    key.isRevoked = body.id !== key.id;
    return;
  }
  const { body } = await world.asPerson(key.owner, 'GET', `/api/v1/api-keys/${key.id}`);
  key.scopes = spellOut(body.scopes);
  key.isEnabled = body.enabled;
  key.isRevoked = body.revokedAt !== null;
}

function checkAnswers(asked: readonly Asked[]): void {
  for (const { move, answer, before } of asked) {
    const possible = [before, move.expected()?.status];
    if (!possible.includes(answer?.status))
      throw new Error(
        `${move.text}: ${answer?.status} ${answer?.body?.code} is none of ${possible.join(', ')}`,
      );
  }
}

function attemptsOf({ owners }: ToolKeyWorld): string {
  return owners.flatMap(({ tasks }) => [...tasks.values()].map(({ attempt }) => attempt)).join();
}
