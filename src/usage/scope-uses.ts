import { Injectable } from '@nestjs/common';
import type { ReadOptions } from '../database/database.js';
import type { AuthenticatedUser } from '../principal/authenticated-user.js';
import type { Scope } from '../principal/scopes.js';
import { Clock } from '../support/clock.js';
import { holdsCredential } from '../support/holds-credential.js';
import {
  furtherScopes,
  type KeyScopeUse,
  mostScopesOfKey,
  type ScopesUsed,
  type ScopeUse,
  ScopeUseStore,
  toScopesUsed,
} from './scope-use.store.js';
import { PendingList, WriteBehind } from './write-behind.js';

/** What was noted of one key within an hour. */
interface NotedKey {
  /** Ticks of the clock. */
  readonly since: number;
  readonly scopes: Set<ScopeUse['scope']>;
}

const noteEveryMs = 3_600_000;
const maxPending = 10_000;
/** Keys and their scopes in memory. */
const mostNoted = 100_000;

/**
 * Keeps which of its scopes an API key has needed, each at most once an hour. What a tool key needs, the API key at its origin
 * has needed.
 */
@Injectable()
export class ScopeUses {
  private readonly noted = new Map<string, NotedKey>();
  /** Keys and scopes in `noted`. */
  private notedCount = 0;
  private readonly pending = new PendingUses(maxPending);
  private readonly buffer: WriteBehind<ScopeUse>;

  constructor(
    private readonly store: ScopeUseStore,
    private readonly clock: Clock,
  ) {
    this.buffer = new WriteBehind({
      what: 'uses of scopes',
      pending: this.pending,
      write: (batch) => store.add(batch),
      batchSize: 100,
      delayMs: 1_000,
      retryMs: 60_000,
    });
  }

  /** A request was admitted that needs these scopes. Costs one lookup, and one for each scope. */
  note(user: AuthenticatedUser, scopes: readonly Scope[]): void {
    const keyId = apiKeyIdOf(user);
    if (keyId === undefined) return;
    const ticks = this.clock.ticks();
    let noted = this.noted.get(keyId);
    if (noted === undefined || ticks - noted.since >= noteEveryMs) noted = this.begin(keyId, ticks);
    for (const scope of scopes) if (!noted.scopes.has(scope)) this.add(keyId, noted, scope);
  }

  /** What is stored of these keys, with what this process has not written yet. */
  async find(keyIds: readonly string[], requester?: ReadOptions): Promise<ScopesUsed> {
    await this.buffer.whenIdle();
    const unwritten = this.pending.ofKeys(keyIds);
    const written = await this.store.find(keyIds, this.clock.now(), requester);
    return toScopesUsed([...written, ...unwritten]);
  }

  /** Writes everything pending now, as far as possible. Never rejects. */
  flush(): Promise<void> {
    return this.buffer.flush();
  }

  private begin(keyId: string, since: number): NotedKey {
    if (this.notedCount > mostNoted) this.startAnew();
    const noted = { since, scopes: new Set<ScopeUse['scope']>() };
    this.notedCount -= this.noted.get(keyId)?.scopes.size ?? -1;
    this.noted.set(keyId, noted);
    return noted;
  }

  private add(keyId: string, { scopes }: NotedKey, wanted: Scope): void {
    if (this.pending.isFull) return;
    const isKept = scopes.size < mostScopesOfKey && !holdsCredential(wanted);
    const scope = isKept ? wanted : furtherScopes;
    if (scopes.has(scope)) return;
    scopes.add(scope);
    this.notedCount += 1;
    if (this.notedCount > mostNoted) this.startAnew();
    this.pending.add({ keyId, scope, at: new Date(this.clock.now()) });
    this.buffer.schedule();
  }

  /** What is in use is noted again, which costs a write of each. */
  private startAnew(): void {
    this.noted.clear();
    this.notedCount = 0;
  }
}

class PendingUses extends PendingList<ScopeUse> {
  ofKeys(keyIds: readonly string[]): KeyScopeUse[] {
    return this.items
      .filter(({ keyId }) => keyIds.includes(keyId))
      .map(({ at, ...use }) => ({ ...use, firstUsedAt: at, lastUsedAt: at }));
  }

  /** Sorted: all processes lock the rows in the same order, so they do not deadlock. */
  override take(): ScopeUse[] {
    return super.take().sort((one, other) => (one.keyId < other.keyId ? -1 : 1));
  }
}

/** The API key that a request was sent with, or that the tool key comes from. */
function apiKeyIdOf({ source, actorChain }: AuthenticatedUser): string | undefined {
  if (source.type === 'api_key') return source.keyId;
  if (source.type !== 'tool_key') return undefined;
  for (const { type, id } of actorChain) if (type === 'api_key') return id;
  return undefined;
}
