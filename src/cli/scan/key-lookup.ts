import { existsSync } from 'node:fs';
import { parseDatabaseUrl } from '../../database/database-location.js';
import { ApiKeyStore, statusOfKey } from '../../key-store/api-key.store.js';
import { ToolKeyStore } from '../../key-store/tool-key.store.js';
import { toolKeyOutcome } from '../../key-store/tool-key.state.js';
import { Clock } from '../../support/clock.js';
import { causeOf } from '../../support/errors.js';
import { boundedLru } from '../../support/lru.js';
import { redact } from '../../support/redact.js';
import type { Installation } from '../commands/installation.js';
import type { OperatorSession } from '../commands/operator-session.js';
import type { FoundKey } from './key-scanner.js';

/** What the database knows of a key: `unknown` without a database, `not_found` if it is not there. */
export interface KnownKey {
  readonly status: string;
  readonly id: string | null;
  readonly name: string | null;
  readonly ownerId: string | null;
}

export type LookUp = (key: FoundKey) => Promise<KnownKey>;

const nothing = { id: null, name: null, ownerId: null };
const unknown: KnownKey = { status: 'unknown', ...nothing };

/** Runs `work` with a look-up in the database, or with one that knows nothing, and says why on standard error. */
export async function withLookUp(
  session: OperatorSession,
  work: (lookUp: LookUp) => Promise<void>,
): Promise<void> {
  const { terminal } = session;
  const warn = (why: string) => terminal.printError(`Whether keys are live is unknown: ${redact(why)}`);
  const withoutDatabase = (why: string) => {
    warn(why);
    return work(async () => unknown);
  };
  if (!hasDatabase(await session.installation)) return withoutDatabase('there is no database');
  let isOpen = false;
  try {
    await session.run((services) => {
      isOpen = true;
      const find = finderIn(
        services.get(ApiKeyStore, { strict: false }),
        services.get(ToolKeyStore, { strict: false }),
      );
      let hasFailed = false;
      return work(async (key) => {
        if (hasFailed) return unknown;
        try {
          return await find(key);
        } catch (error) {
          hasFailed = true;
          warn(causeOf(error));
          return unknown;
        }
      });
    });
  } catch (error) {
    if (isOpen) throw error;
    await withoutDatabase(causeOf(error));
  }
}

/** A file of SQLite that is missing would be created. */
function hasDatabase({ database: { url } }: Installation): boolean {
  if (url === undefined) return true;
  const location = parseDatabaseUrl(url);
  return location.type === 'postgres' || existsSync(location.file);
}

function finderIn(apiKeys: ApiKeyStore, toolKeys: ToolKeyStore): LookUp {
  const clock = new Clock();
  const found = boundedLru<string, KnownKey>(10_000);
  const find = async ({ kind, hash }: FoundKey): Promise<KnownKey | undefined> => {
    if (kind === 'api_key') {
      const key = await apiKeys.findByHash(hash);
      if (key === null) return undefined;
      const { id, name, ownerId } = key;
      return { status: statusOfKey(key, clock.now()), id, name, ownerId };
    }
    const key = await toolKeys.findByHash(hash);
    if (key === undefined) return undefined;
    const outcome = toolKeyOutcome(key, clock.now());
    const status = outcome === 'VALID' ? 'active' : outcome.toLowerCase();
    return { status, id: key.id, name: `task ${key.taskId}`, ownerId: key.ownerId };
  };
  return async (key) => {
    const known = found.get(key.hash);
    if (known !== undefined) return known;
    const looked = (await find(key)) ?? { status: 'not_found', ...nothing };
    found.set(key.hash, looked);
    return looked;
  };
}
