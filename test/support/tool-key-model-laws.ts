import { ApiKeyVerifier } from '../../src/auth/verifiers/api-key.verifier.js';
import { ToolKeyVerifier } from '../../src/auth/verifiers/tool-key.verifier.js';
import { Database } from '../../src/database/database.js';
import { ToolKey } from '../../src/key-store/tool-key.entity.js';
import { AuthError } from '../../src/principal/auth-error.js';
import type { AuthenticatedUser } from '../../src/principal/authenticated-user.js';
import {
  callsBelow,
  heldBy,
  isGood,
  leftOf,
  type ModelApiKey,
  type ModelTask,
  type ModelToolKey,
  payerOf,
} from './tool-key-model.js';
import { lacking, type ScopeSet, spellOut } from './tool-key-model-scopes.js';
import type { ToolKeyWorld } from './tool-key-model-world.js';

const origin = { ip: '127.0.0.1', userAgent: null, requestId: null };

/** The principal of each key at one moment; none for a rejected key. */
type Seen = Map<ModelToolKey | ModelApiKey, AuthenticatedUser | undefined>;

/** What has to be true at any time, whatever was asked for before, and in whatever order. */
export class ToolKeyLaws {
  private readonly rejectedForGood = new Set<ModelToolKey>();

  constructor(private readonly world: ToolKeyWorld) {}

  /** Looks at all keys, by the way that a request takes. */
  async check(): Promise<void> {
    const seen = await this.look();
    this.checkAbove(seen);
    this.checkEnds(seen);
    this.checkAttempts(seen);
    this.checkCalls();
    this.checkModel(seen);
  }

  /** The calls that each valid key has left, as reported and as stored. */
  async checkAccounts(): Promise<void> {
    for (const key of this.world.toolKeys) {
      const payer = payerOf(key);
      if (payer === null || !isGood(key, this.world.clock.now)) continue;
      const { body } = await this.world.asToolKey(key, 'GET', '/api/v1/tool-keys/self');
      const left = leftOf(payer, this.world.clock.now);
      const calls: number = body.remainingCalls;
      must(
        calls >= 0 && calls <= (payer.maxCalls ?? 0),
        'no budget is below zero or above the whole',
        key,
        calls,
      );
      must(calls === left, 'what was not used can be used again', key, `${calls} left instead of ${left}`);
    }
    await this.checkRows();
  }

  private async look(): Promise<Seen> {
    const seen: Seen = new Map();
    for (const key of this.world.apiKeys) seen.set(key, await this.principalOf(ApiKeyVerifier, key.secret));
    for (const key of this.world.toolKeys) seen.set(key, await this.principalOf(ToolKeyVerifier, key.secret));
    return seen;
  }

  private async principalOf(
    kind: typeof ApiKeyVerifier | typeof ToolKeyVerifier,
    secret: string,
  ): Promise<AuthenticatedUser | undefined> {
    const verifier: ApiKeyVerifier | ToolKeyVerifier = this.world.gatehouse.app.get(kind);
    try {
      return (verifier.getCached(secret, origin) ?? (await verifier.verify(secret, origin))).user;
    } catch (error) {
      if (error instanceof AuthError && error.getStatus() === 401) return undefined;
      throw error;
    }
  }

  /** As the service itself sees those above, so that this holds whatever the model thinks. */
  private checkAbove(seen: Seen): void {
    for (const key of this.world.toolKeys) {
      const user = seen.get(key);
      if (user === undefined) continue;
      const above = key.parent ?? key.apiKey;
      must(!key.task.owner.isDisabled, 'no key passes when its owner does not', key);
      if (above === null) continue;
      const aboveUser = seen.get(above);
      must(aboveUser !== undefined, 'no key passes when the one above it does not', key);
      const excess = lacking(spellOut(aboveUser?.scopes ?? []), spellOut(user.scopes));
      must(excess.length === 0, 'no key may do what the one above it may not', key, excess);
    }
  }

  private checkEnds(seen: Seen): void {
    for (const key of this.world.toolKeys) {
      const passes = seen.get(key) !== undefined;
      must(!passes || !this.rejectedForGood.has(key), 'no ended key passes again', key);
      const isSwitchedOff = key.task.owner.isDisabled || key.apiKey?.isEnabled === false;
      if (!passes && !isSwitchedOff) this.rejectedForGood.add(key);
    }
  }

  private checkAttempts(seen: Seen): void {
    const alive = new Map<ModelTask, number>();
    for (const key of this.world.toolKeys) {
      if (seen.get(key) === undefined) continue;
      const attempt = alive.get(key.task) ?? key.attempt;
      must(attempt === key.attempt, 'one attempt of a task is alive', key, [attempt, key.attempt]);
      alive.set(key.task, attempt);
    }
  }

  private checkCalls(): void {
    for (const key of this.world.toolKeys) {
      const calls = callsBelow(key);
      must(
        calls <= (key.maxCalls ?? Infinity),
        'a tree makes no more calls than its root was given',
        key,
        calls,
      );
    }
  }

  private checkModel(seen: Seen): void {
    for (const key of this.world.toolKeys) {
      const user = seen.get(key);
      const good = isGood(key, this.world.clock.now);
      must(good || user === undefined, 'a key that ended does not pass', key);
      must(!good || user !== undefined, 'a key that did not end passes', key);
      if (user === undefined) continue;
      const [held, granted]: ScopeSet[] = [heldBy(key), spellOut(user.scopes)] as const;
      must(lacking(held, granted).length === 0, 'a key may do no more than all above it', key, user.scopes);
      must(lacking(granted, held).length === 0, 'a key may do what all above it may', key, user.scopes);
    }
  }

  private async checkRows(): Promise<void> {
    const { toolKeys, gatehouse } = this.world;
    const ids = toolKeys.map(({ id }) => id);
    const rows = await gatehouse.app
      .get(Database)
      .read((manager) => manager.createQueryBuilder(ToolKey, 'key').whereInIds(ids).getMany());
    for (const { id, callsUsed, callsGiven, maxCalls } of rows) {
      const key = toolKeys.find((one) => one.id === id);
      const fits = callsUsed >= 0 && callsGiven >= 0 && callsUsed + callsGiven <= (maxCalls ?? 0);
      must(fits, 'no account is overdrawn', key, { callsUsed, callsGiven, maxCalls });
    }
  }
}

function must(holds: boolean, law: string, key: ModelToolKey | undefined, found?: unknown): void {
  if (holds) return;
  const { secret: _secret, task, parent, apiKey, children: _children, ...told } = key ?? ({} as ModelToolKey);
  const whole = {
    ...told,
    scopes: [...told.scopes],
    task: task?.name,
    parent: parent?.id,
    apiKey: apiKey?.id,
  };
  throw new Error(`${law}: ${JSON.stringify({ found, key: whole })}`);
}
