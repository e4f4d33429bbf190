import { apiKeyHasEnded, type ModelApiKey } from './tool-key-model.js';
import type { Expected, Move } from './tool-key-model-move.js';
import { spellOut } from './tool-key-model-scopes.js';
import type { Step } from './tool-key-model-steps.js';
import type { ToolKeyWorld } from './tool-key-model-world.js';

type ServiceKeyStep = Extract<Step, { readonly service: unknown }>;

/** What its owner does to a service key. */
export function serviceKeyMove(world: ToolKeyWorld, step: ServiceKeyStep): Move {
  const key = world.apiKeyAt('service', step.service);
  const path = `/api/v1/api-keys/${key.id}`;
  const text = `service key ${world.apiKeys.indexOf(key)}: ${step.do}`;
  const ask = (method: string, path: string, body?: object) => world.asPerson(key.owner, method, path, body);
  switch (step.do) {
    case 'switch':
      return {
        text: `${text} ${step.enabled ? 'on' : 'off'}`,
        send: () => ask('PATCH', path, { enabled: step.enabled }),
        expected: () => unlessEnded(world, key, 200),
        learn: () => void (key.isEnabled = step.enabled),
      };
    case 'narrow':
      return {
        text: `${text} to ${step.scopes.join(' ')}`,
        send: () => ask('PATCH', path, { scopes: step.scopes }),
        expected: () => unlessEnded(world, key, 200),
        learn: () => void (key.scopes = spellOut(step.scopes)),
      };
    case 'rotate':
      return {
        text: `${text} with ${step.overlapSeconds} seconds of overlap`,
        send: () => ask('POST', `${path}/rotate`, { overlapSeconds: step.overlapSeconds }),
        expected: () => (key.isReplaced ? rejectedFor(key) : unlessEnded(world, key, 201)),
        learn: ({ body }) => {
          key.isReplaced = true;
          if (step.overlapSeconds === 0) key.isRevoked = true;
          else key.expiresAt = Date.parse(body.previous.expiresAt);
          world.addApiKey(key.owner, 'service', body).isEnabled = body.enabled;
        },
      };
    case 'revoke service key':
      return {
        text,
        send: () => ask('DELETE', path),
        expected: () => (key.owner.isDisabled ? rejectedFor(key) : { status: 200 }),
        learn: () => void (key.isRevoked = true),
      };
  }
}

function unlessEnded({ clock }: ToolKeyWorld, key: ModelApiKey, status: number): Expected {
  return key.owner.isDisabled || apiKeyHasEnded(key, clock.now) ? rejectedFor(key) : { status };
}

function rejectedFor({ owner }: ModelApiKey): Expected {
  return { status: owner.isDisabled ? 401 : 409 };
}
