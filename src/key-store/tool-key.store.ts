import { Injectable } from '@nestjs/common';
import { type EntityManager, In } from 'typeorm';
import { Database } from '../database/database.js';
import type { Asker } from '../database/fair-queue.js';
import { Clock } from '../support/clock.js';
import { ApiKeyStore } from './api-key.store.js';
import { type ApiKeyState, stateOfApiKey } from './key-state.js';
import { ToolKey } from './tool-key.entity.js';
import { idsAbove, type ToolKeyLine, linesOf, rowsOf, type ToolKeyRows } from './tool-key-line.js';
import type { ToolKeyState } from './tool-key-state.js';

/** A tool key and what decides about it. */
export interface FoundToolKey {
  readonly key: ToolKey;
  readonly state: ToolKeyState;
}

/** Where tool keys are looked up. */
@Injectable()
export class ToolKeyStore {
  constructor(
    private readonly database: Database,
    private readonly apiKeys: ApiKeyStore,
    private readonly clock: Clock,
  ) {}

  async findByHash(hash: string, asker: Asker = { lane: 'lookups' }): Promise<ToolKeyState | undefined> {
    const [found] = await this.find((manager) => manager.findBy(ToolKey, { hash }), asker);
    return found?.state;
  }

  findByIds(ids: readonly string[], asker: Asker): Promise<FoundToolKey[]> {
    if (ids.length === 0) return Promise.resolve([]);
    return this.find((manager) => manager.findBy(ToolKey, { id: In([...ids]) }), asker);
  }

  /** The rows that a key hangs on. */
  async rowsOf(key: ToolKey, asker: Asker): Promise<ToolKeyRows> {
    const [rows] = await this.database.read((manager) => rowsOf(manager, [key]), asker);
    return rows as ToolKeyRows;
  }

  /** What `query` finds, in its order, judged by one look at everything above. */
  async find(query: (manager: EntityManager) => Promise<ToolKey[]>, asker: Asker): Promise<FoundToolKey[]> {
    const seenAt = this.clock.now();
    const { keys, lines } = await this.database.read(async (manager) => {
      const keys = await query(manager);
      return { keys, lines: keys.length === 0 ? [] : await linesOf(manager, keys) };
    }, asker);
    const issuers = await this.issuersOf(keys, asker);
    return keys.map((key, index) => ({
      key,
      state: stateOf(key, lines[index] as ToolKeyLine, issuers, seenAt),
    }));
  }

  private async issuersOf(keys: readonly ToolKey[], asker: Asker): Promise<Map<string, ApiKeyState>> {
    const ids = new Set(keys.map(({ issuerKeyId }) => issuerKeyId).filter((id) => id !== null));
    const issuers = await this.apiKeys.findAll([...ids], asker);
    return new Map(issuers.map((issuer) => [issuer.id, stateOfApiKey(issuer)]));
  }
}

function stateOf(
  key: ToolKey,
  { ended, endsAtAbove }: ToolKeyLine,
  issuers: ReadonlyMap<string, ApiKeyState>,
  seenAt: number,
): ToolKeyState {
  const issuerKey = key.issuerKeyId === null ? null : (issuers.get(key.issuerKeyId) ?? null);
  const isOrphan = key.issuerKeyId !== null && issuerKey === null;
  return {
    id: key.id,
    ownerId: key.ownerId,
    userId: key.issuerUserId,
    taskId: key.taskId,
    attempt: key.attempt,
    depth: key.depth,
    generation: key.generation,
    environment: key.environment,
    scopes: key.scopes,
    actorChain: key.actorChain,
    expiresAt: key.expiresAt.getTime(),
    issuerKey,
    ended: ended ?? (isOrphan ? 'PARENT_REVOKED' : null),
    endsAt: key.endsAt.getTime(),
    endsAtAbove,
    payerId: key.maxCalls === null ? key.budgetId : key.id,
    above: [key.taskRef, ...idsAbove(key), ...(key.issuerKeyId === null ? [] : [key.issuerKeyId])],
    seenAt,
  };
}
