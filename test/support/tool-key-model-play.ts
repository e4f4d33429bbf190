import { expect } from '@jest/globals';
import type { Answer } from './gatehouse.js';
import { callsBelow, heldBy, isGood, leftOf, type ModelToolKey } from './tool-key-model.js';
import { ToolKeyLaws } from './tool-key-model-laws.js';
import type { Expected, Move } from './tool-key-model-move.js';
import { movesOf } from './tool-key-model-moves.js';
import { spellOut } from './tool-key-model-scopes.js';
import type { Step } from './tool-key-model-steps.js';
import type { ToolKeyWorld } from './tool-key-model-world.js';

/** One step after the other: each answer, and who passes afterwards, has to be what the model says. */
export async function playInTurn(
  world: ToolKeyWorld,
  { steps, isWatched }: { readonly steps: readonly Step[]; readonly isWatched: boolean },
): Promise<void> {
  const laws = new ToolKeyLaws(world);
  const history: string[] = [];
  await told(history, async () => {
    for (const step of steps) {
      for (const move of movesOf(world, step)) await makeMove(move, history);
      // Looking makes the service remember every key; what it does not remember has to be judged well too.
      if (isWatched) await laws.check();
    }
    await laws.check();
    await laws.checkAccounts();
    await drain(world);
  });
}

async function makeMove(move: Move, history: string[]): Promise<void> {
  history.push(move.text);
  const expected = move.expected();
  const answer = await move.send();
  if (expected === undefined || answer === undefined) return;
  compare(answer, expected);
  if (answer.status < 300) move.learn(answer);
}

/** When all below a key has ended, it can make exactly the calls that were not used. */
export async function drain(world: ToolKeyWorld): Promise<void> {
  const root = world.toolKeys.find((key) => isDrainable(world, key));
  if (root === undefined) return;
  for (const { id, task } of root.children)
    await world.asPerson(task.owner, 'DELETE', `/api/v1/tool-keys/${id}`);
  for (const child of root.children) child.isCut = true;
  const left = (root.maxCalls ?? 0) - callsBelow(root);
  expect(leftOf(root, world.clock.now)).toBe(left);
  let made = 0;
  while (made <= left && (await world.asToolKey(root, 'GET', '/probe/files.read')).status === 200) made += 1;
  expect(`${made} more calls`).toBe(`${left} more calls`);
}

function isDrainable({ clock }: ToolKeyWorld, key: ModelToolKey): boolean {
  return (
    key.maxCalls !== null &&
    key.children.length > 0 &&
    heldBy(key).has('files:read') &&
    isGood(key, clock.now)
  );
}

function compare(answer: Answer, { status, body, scopes }: Expected): void {
  expect({ status: answer.status, code: answer.status === status ? '' : answer.body?.code }).toEqual({
    status,
    code: '',
  });
  if (body !== undefined) expect(answer.body).toMatchObject(body);
  if (scopes !== undefined) expect([...spellOut(answer.body.scopes)].sort()).toEqual([...scopes].sort());
}

/** A failure is reported with all steps before it. */
export async function told(history: readonly string[], play: () => Promise<void>): Promise<void> {
  try {
    await play();
  } catch (error) {
    throw new Error(`After ${history.join('; ')}: ${(error as Error).message}`, { cause: error });
  }
}
