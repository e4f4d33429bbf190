import { operatorManager } from '../../api-keys/key-manager.js';
import { KeyQueries } from '../../api-keys/key-queries.js';
import {
  createKeyForOwnerRequest,
  listAllKeysQuery,
  toSettings,
} from '../../api-keys/service-key.schemas.js';
import { ServiceKeysService } from '../../api-keys/service-keys.service.js';
import { platformOwnerId } from '../../identity/owner.entity.js';
import { AuthError } from '../../principal/auth-error.js';
import { FirstAdminKey } from '../../server/first-admin-key.js';
import { checkingOptions } from './checking-options.js';
import { type Command, type CommandOption, listOf, parseOptions, UsageError } from './command.js';
import { createAccessKey } from './create-access-key.js';
import type { ListedKey } from './find-key.js';
import { oneKeyCommands } from './one-key.commands.js';
import { cellOf, printTable, type Terminal } from './terminal.js';

const owner = (about: string): CommandOption => ({ value: 'id', about, sets: 'ownerId' });

const create: Command = {
  name: 'create',
  about: 'create a service key, or with --user an access key; the whole key is printed this once',
  options: {
    name: { value: 'text', about: 'what it is for' },
    user: { value: 'id|e-mail', about: 'the user that the key acts as; with --scopes, without --role' },
    owner: owner('its owner (default: the owner of the platform or, with --user, of the user)'),
    environment: { value: 'live|test', about: '(default: live)' },
    role: { value: 'role', about: 'read_only, write_agent or admin' },
    scopes: { value: 'a:b,c:d', about: 'instead of those of the role', read: listOf },
    'expires-at': {
      value: 'time',
      about: 'RFC 3339, as 2030-01-31T12:00:00Z (default: never or, with --user, in 90 days)',
    },
    'rate-limit': { value: 'limit/seconds', about: 'as 100/60', read: rateLimitOf },
    'allowed-ips': { value: 'a,b', about: 'addresses and networks it may be used from', read: listOf },
  },
  async run(session, { user, ...given }) {
    if (typeof user === 'string') return createAccessKey(session, user, given);
    const body = parseOptions(createKeyForOwnerRequest, given);
    const { key, ...rest } = await session.run(async (services) => {
      await services.get(FirstAdminKey).ensureOwner();
      const ownerId = body.ownerId ?? platformOwnerId;
      const keys = services.get(ServiceKeysService, { strict: false });
      return checkingOptions(() => keys.create(operatorManager, { ...toSettings(body), ownerId }));
    });
    session.print({ key, ...rest }, given.json);
  },
};

function rateLimitOf(text: string): { limit: number; windowSeconds: number } {
  const [, limit, windowSeconds] = /^(\d{1,9})\/(\d{1,9})$/.exec(text) ?? [];
  if (limit === undefined || windowSeconds === undefined)
    throw new UsageError('--rate-limit: must be limit/seconds, as 100/60');
  return { limit: Number(limit), windowSeconds: Number(windowSeconds) };
}

const firstAdmin: Command = {
  name: 'first-admin',
  about: 'create the first admin key, printed this once; fails if there is an admin key',
  async run(session, { json }) {
    const key = await session.run((services) => services.get(FirstAdminKey).createIfNone());
    if (key === null)
      throw new AuthError('KEY_EXISTS', {
        message: 'There is an admin key already. For another: create --role admin',
      });
    session.print({ key }, json);
  },
};

const header = ['ID', 'PREFIX', 'NAME', 'KIND', 'STATUS', 'ENV', 'MAY', 'LAST USED', 'OWNER'];

const list: Command = {
  name: 'list',
  about: 'list keys, newest first',
  options: {
    owner: owner('only keys of this owner'),
    environment: { value: 'live|test', about: 'only keys of this environment' },
    status: { value: 'status', about: 'active, disabled, expired or revoked' },
    'created-by': { value: 'id', about: 'only keys that this user, key or program made' },
    'expires-before': { value: 'time', about: 'only keys that expire before this time; RFC 3339' },
    'unused-since': { value: 'time', about: 'only keys that were not used after this time; RFC 3339' },
  },
  async run(session, given) {
    const query = parseOptions(listAllKeysQuery, { ...given, limit: 100 });
    await session.run(async (services) => {
      const keys = services.get(KeyQueries, { strict: false });
      let cursor: string | undefined;
      let isFirst = true;
      do {
        const page = await keys.list(null, { ...query, cursor });
        printKeys(session.terminal, page.keys, given.json, isFirst);
        isFirst = false;
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined);
    });
  },
};

function printKeys(terminal: Terminal, keys: readonly ListedKey[], json: boolean, isFirst: boolean): void {
  if (!json) return printTable(terminal, [...(isFirst ? [header] : []), ...keys.map(rowOf)]);
  for (const key of keys) terminal.print(JSON.stringify(key));
}

function rowOf(key: ListedKey): string[] {
  const may = key.scopes?.join(',') ?? key.role;
  const { id, prefix, name, kind, effectiveStatus, environment, lastUsedAt, ownerId } = key;
  return [id, prefix, name, kind, effectiveStatus, environment, cellOf(may), cellOf(lastUsedAt), ownerId];
}

export const keyCommands = [create, firstAdmin, list, ...oneKeyCommands];
