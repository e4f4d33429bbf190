import type { Answer } from './gatehouse.js';
import {
  apiKeyIsGood,
  cutKeys,
  depthOf,
  heldBy,
  isGood,
  leftOf,
  type ModelIssuer,
  type ModelTask,
  type ModelToolKey,
  payerOf,
  scopesOfPerson,
} from './tool-key-model.js';
import type { Expected, Move } from './tool-key-model-move.js';
import { isPower, lacking, type ScopeSet, spellOut, withoutPowers } from './tool-key-model-scopes.js';
import type { IssueStep } from './tool-key-model-steps.js';
import type { ToolKeyWorld } from './tool-key-model-world.js';

const defaultSeconds = 900;

/** A person issues in place of a tool key while there is none. */
export function issueMove(world: ToolKeyWorld, step: IssueStep): Move {
  const issuer = issuerOf(world, step);
  const task = taskFor(world, issuer, step);
  const { attempt: above, scopes, ttlSeconds, heartbeatSeconds, maxCalls } = step;
  const attempt = above === undefined ? undefined : Math.max(1, task.attempt + above);
  const fields = { taskId: task.name, attempt, scopes, ttlSeconds, heartbeatSeconds, maxCalls };
  return {
    text: `${nameOf(world, issuer)} issues tool key ${world.toolKeys.length}: ${JSON.stringify(fields)}`,
    send: () => world.asIssuer(issuer, fields),
    expected: () => expectedOf(issuer, task, fields, world.clock.now),
    learn: (answer) => learn(world, issuer, task, answer),
  };
}

interface ToolKeyFields {
  readonly attempt?: number;
  readonly scopes?: readonly string[];
  readonly ttlSeconds?: number;
  readonly heartbeatSeconds?: number;
  readonly maxCalls?: number;
}

function issuerOf(world: ToolKeyWorld, { by, who }: IssueStep): ModelIssuer {
  if (by === 'service' || by === 'personal') {
    const key = world.apiKeyAt(by, who);
    return { by: 'api_key', owner: key.owner, key };
  }
  const key = by === 'tool' ? world.toolKeyAt(who) : undefined;
  if (key === undefined) return { by: 'person', owner: world.ownerAt(who.at) };
  return { by: 'tool_key', owner: key.task.owner, key };
}

function taskFor(world: ToolKeyWorld, issuer: ModelIssuer, { task }: IssueStep): ModelTask {
  return issuer.by === 'tool_key' && task === 0 ? issuer.key.task : world.taskOf(issuer.owner, task);
}

function expectedOf(issuer: ModelIssuer, task: ModelTask, fields: ToolKeyFields, now: number): Expected {
  if (!issuerIsGood(issuer, now)) return { status: 401 };
  const { ttlSeconds = defaultSeconds, heartbeatSeconds = null, maxCalls } = fields;
  if (heartbeatSeconds !== null && heartbeatSeconds > ttlSeconds) return { status: 400 };
  const held = heldByIssuer(issuer);
  if (issuer.by === 'tool_key') {
    const { key } = issuer;
    if (depthOf(key) >= 5 || key.task !== task || (fields.attempt ?? 0) > key.attempt) return { status: 403 };
  } else if (!held.has('tool-keys:issue')) return { status: 403 };
  if (fields.scopes?.some(isPower) || lacking(held, spellOut(fields.scopes ?? [])).length > 0)
    return { status: 403 };
  const expiresAt = endFor(issuer, fields, now);
  const attempt =
    fields.attempt ?? (issuer.by === 'tool_key' ? issuer.key.attempt : Math.max(1, task.attempt));
  if (attempt < task.attempt) return { status: 409 };
  const payer = issuer.by === 'tool_key' ? payerOf(issuer.key) : null;
  // A key whose calls are used up issues none, also none without calls of its own.
  if (payer !== null && leftOf(payer, now) < (maxCalls ?? 1)) return { status: 429 };
  const lease = heartbeatSeconds === null ? null : Math.min(expiresAt, now + 3 * heartbeatSeconds * 1000);
  return {
    status: 201,
    body: {
      attempt,
      status: 'active',
      expiresAt: timeOf(expiresAt),
      shortened: expiresAt < now + ttlSeconds * 1000,
      leaseUntil: lease === null ? null : timeOf(lease),
      parentId: issuer.by === 'tool_key' ? issuer.key.id : null,
      maxCalls: maxCalls ?? null,
    },
    scopes: withoutPowers(fields.scopes === undefined ? held : spellOut(fields.scopes)),
  };
}

/** It knows what it was given; and an attempt begins. */
function learn({ toolKeys }: ToolKeyWorld, issuer: ModelIssuer, task: ModelTask, { body }: Answer): void {
  const parent = issuer.by === 'tool_key' ? issuer.key : null;
  const expiresAt = Date.parse(body.expiresAt);
  const key: ModelToolKey = {
    id: body.id,
    secret: body.key,
    task,
    attempt: body.attempt,
    parent,
    apiKey: issuer.by === 'api_key' ? issuer.key : (parent?.apiKey ?? null),
    scopes: spellOut(body.scopes),
    expiresAt,
    heartbeatSeconds: body.heartbeatSeconds,
    maxCalls: body.maxCalls,
    children: [],
    leaseUntil: body.leaseUntil === null ? expiresAt : Date.parse(body.leaseUntil),
    isCut: false,
    calls: 0,
  };
  toolKeys.push(key);
  parent?.children.push(key);
  task.attempt = Math.max(task.attempt, key.attempt);
  cutKeys(toolKeys, task, ({ attempt }) => attempt < task.attempt);
}

function issuerIsGood(issuer: ModelIssuer, now: number): boolean {
  if (issuer.by === 'person') return !issuer.owner.isDisabled;
  return issuer.by === 'api_key' ? apiKeyIsGood(issuer.key, now) : isGood(issuer.key, now);
}

function heldByIssuer(issuer: ModelIssuer): ScopeSet {
  if (issuer.by === 'person') return scopesOfPerson;
  return issuer.by === 'api_key' ? issuer.key.scopes : heldBy(issuer.key);
}

function ownEndOf(issuer: ModelIssuer): number {
  return issuer.by === 'person' ? Infinity : issuer.key.expiresAt;
}

function endFor(issuer: ModelIssuer, { ttlSeconds }: ToolKeyFields, now: number): number {
  return Math.min(now + (ttlSeconds ?? defaultSeconds) * 1000, ownEndOf(issuer));
}

function timeOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

function nameOf(world: ToolKeyWorld, issuer: ModelIssuer): string {
  if (issuer.by === 'person') return issuer.owner.email;
  if (issuer.by === 'api_key') return `${issuer.key.kind} key ${world.apiKeys.indexOf(issuer.key)}`;
  return `tool key ${world.toolKeys.indexOf(issuer.key)}`;
}
