import type { Move } from './tool-key-model-move.js';
import { issueMove } from './tool-key-model-issue.js';
import {
  apiKeyHasEnded,
  cutKeys,
  endOf,
  hasEnded,
  heldBy,
  isGood,
  leftOf,
  type ModelToolKey,
  payerOf,
} from './tool-key-model.js';
import { serviceKeyMove } from './tool-key-model-service-keys.js';
import type { Step } from './tool-key-model-steps.js';
import type { ToolKeyWorld } from './tool-key-model-world.js';

/** The moves that the step means now; none when there is nothing it could mean. */
export function movesOf(world: ToolKeyWorld, step: Step): Move[] {
  if (step.do !== 'all beat') return [moveOf(world, step)].filter((move) => move !== undefined);
  const leased = world.toolKeys.filter((key) => key.heartbeatSeconds !== null);
  return leased.filter((key) => isGood(key, world.clock.now)).map((key) => beatMove(world, key));
}

function moveOf(world: ToolKeyWorld, step: Exclude<Step, { do: 'all beat' }>): Move | undefined {
  switch (step.do) {
    case 'issue':
      return issueMove(world, step);
    case 'use':
      return withToolKey(world, step.key, (key) => useMove(world, key, step.scope));
    case 'beat':
      return withToolKey(world, step.key, (key) => beatMove(world, key));
    case 'look':
      return withToolKey(world, step.key, (key) => lookMove(world, key));
    case 'revoke':
      return withToolKey(world, step.key, (key) => revokeMove(world, key));
    case 'end task':
      return endTaskMove(world, step.owner, step.task);
    case 'refresh personal key':
      return refreshMove(world, step.owner);
    case 'switch owner':
      return switchOwnerMove(world, step.owner, step.enabled);
    case 'pass':
      return quietly(`${step.seconds} seconds pass`, () => world.clock.pass(step.seconds));
    case 'note ends':
      return quietly('the ended are noted', () => world.noteEnds());
    default:
      return serviceKeyMove(world, step);
  }
}

function withToolKey(
  world: ToolKeyWorld,
  pick: { at: number },
  make: (key: ModelToolKey) => Move,
): Move | undefined {
  const key = world.toolKeyAt(pick);
  return key === undefined ? undefined : make(key);
}

function useMove(world: ToolKeyWorld, key: ModelToolKey, scope: string): Move {
  const { clock } = world;
  return {
    text: `${nameOf(world, key)} asks for ${scope}`,
    send: () => world.asToolKey(key, 'GET', `/probe/${scope.replace(':', '.')}`),
    expected: () => {
      if (!isGood(key, clock.now)) return { status: 401 };
      if (!heldBy(key).has(scope)) return { status: 403 };
      const payer = payerOf(key);
      return { status: payer === null || leftOf(payer, clock.now) > 0 ? 200 : 429 };
    },
    learn: () => void (key.calls += 1),
  };
}

function beatMove(world: ToolKeyWorld, key: ModelToolKey): Move {
  const { clock } = world;
  const { heartbeatSeconds: beat, expiresAt } = key;
  return {
    text: `${nameOf(world, key)} beats`,
    send: () => world.asToolKey(key, 'POST', '/api/v1/tool-keys/heartbeat'),
    expected: () => {
      if (!isGood(key, clock.now)) return { status: 401 };
      const leaseUntil = beat === null ? null : Math.min(expiresAt, clock.now + 3 * beat * 1000);
      return { status: 200, body: { leaseUntil: leaseUntil === null ? null : timeOf(leaseUntil) } };
    },
    learn: ({ body }) => {
      if (beat !== null) key.leaseUntil = Math.max(key.leaseUntil, Date.parse(body.leaseUntil));
    },
  };
}

function lookMove(world: ToolKeyWorld, key: ModelToolKey): Move {
  const { clock } = world;
  return {
    text: `${nameOf(world, key)} looks at itself`,
    send: () => world.asToolKey(key, 'GET', '/api/v1/tool-keys/self'),
    expected: () => {
      if (!isGood(key, clock.now)) return { status: 401 };
      const payer = payerOf(key);
      const remainingCalls = payer === null ? null : leftOf(payer, clock.now);
      const remainingSeconds = Math.floor((endOf(key) - clock.now) / 1000);
      return { status: 200, body: { remainingCalls, remainingSeconds } };
    },
    learn: () => {},
  };
}

function revokeMove(world: ToolKeyWorld, key: ModelToolKey): Move {
  const { owner } = key.task;
  return {
    text: `${nameOf(world, key)} is revoked`,
    send: () => world.asPerson(owner, 'DELETE', `/api/v1/tool-keys/${key.id}`),
    expected: () => (owner.isDisabled ? { status: 401 } : { status: 200, body: { status: 'ended' } }),
    learn: () => void (key.isCut = true),
  };
}

function endTaskMove(world: ToolKeyWorld, ownerIndex: number, taskIndex: number): Move {
  const owner = world.ownerAt(ownerIndex);
  const task = world.taskOf(owner, taskIndex);
  const { toolKeys, clock } = world;
  const keys = () => toolKeys.filter((key) => key.task === task);
  // Keys below an API key that ended are counted as if it had not.
  const isCounted = () => keys().every(({ apiKey }) => apiKey === null || !apiKeyHasEnded(apiKey, clock.now));
  const active = () => keys().filter((key) => !hasEnded(key, clock.now)).length;
  return {
    text: `${task.name} of ${owner.email} is ended`,
    send: () => world.asPerson(owner, 'DELETE', `/api/v1/tasks/${task.name}/tool-keys`),
    expected: () => {
      if (owner.isDisabled) return { status: 401 };
      if (task.attempt === 0) return { status: 404 };
      return isCounted() ? { status: 200, body: { ended: active() } } : { status: 200 };
    },
    learn: () => cutKeys(toolKeys, task, () => true),
  };
}

function refreshMove(world: ToolKeyWorld, ownerIndex: number): Move {
  const owner = world.ownerAt(ownerIndex);
  return {
    text: `${owner.email} has a new personal key`,
    send: () => world.asPerson(owner, 'POST', '/api/v1/auth/api-keys/refresh'),
    expected: () => ({ status: owner.isDisabled ? 401 : 200 }),
    learn: ({ body }) => {
      for (const key of world.apiKeys)
        if (key.kind === 'personal' && key.owner === owner && key.secret !== body.key) key.isRevoked = true;
      world.addApiKey(owner, 'personal', body);
    },
  };
}

function switchOwnerMove(world: ToolKeyWorld, index: number, enabled: boolean): Move {
  const owner = world.ownerAt(index);
  const action = enabled ? 'enable' : 'disable';
  return {
    text: `${owner.email}: ${action}`,
    send: () => world.asAdmin('POST', `/api/v1/admin/owners/${owner.id}/${action}`),
    expected: () => ({ status: 200 }),
    learn: () => void (owner.isDisabled = !enabled),
  };
}

function quietly(text: string, happen: () => void | Promise<void>): Move {
  const send = async () => void (await happen());
  return { text, send, expected: () => undefined, learn: () => {} };
}

function nameOf({ toolKeys }: ToolKeyWorld, key: ModelToolKey): string {
  return `tool key ${toolKeys.indexOf(key)}`;
}

function timeOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
