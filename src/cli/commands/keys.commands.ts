import type { INestApplicationContext } from '@nestjs/common';
import { operatorManager } from '../../api-keys/key-manager.js';
import { KeyQueries } from '../../api-keys/key-queries.js';
import {
  createKeyForOwnerRequest,
  listAllKeysQuery,
  revokeKeyRequest,
  rotateKeyRequest,
  toSettings,
} from '../../api-keys/service-key.schemas.js';
import { ServiceKeysService } from '../../api-keys/service-keys.service.js';
import { platformOwnerId } from '../../identity/owner.entity.js';
import { AuthError } from '../../principal/auth-error.js';
import { FirstAdminKey } from '../../server/first-admin-key.js';
import {
  type Command,
  type CommandOption,
  type GivenOptions,
  listOf,
  numberOf,
  parseOptions,
  UsageError,
} from './command.js';
import { createAccessKey } from './create-access-key.js';
import { findKey, type ListedKey } from './find-key.js';
import type { OperatorSession } from './operator-session.js';
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
      return services
        .get(ServiceKeysService, { strict: false })
        .create(operatorManager, { ...toSettings(body), ownerId });
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
  const { id, prefix, name, kind, status, environment, lastUsedAt, ownerId } = key;
  return [id, prefix, name, kind, status, environment, cellOf(may), cellOf(lastUsedAt), ownerId];
}

interface KeyWork {
  readonly keys: ServiceKeysService;
  readonly queries: KeyQueries;
  readonly id: string;
  readonly given: GivenOptions;
}

/** A command on the one key that its argument names; prints the result. */
function onKey(
  command: Pick<Command, 'name' | 'about' | 'options'>,
  work: (on: KeyWork) => Promise<object>,
  check: (given: GivenOptions) => unknown = () => undefined,
): Command {
  return {
    ...command,
    argument: '<key>',
    async run(session: OperatorSession, given: GivenOptions, reference = '') {
      check(given);
      const result = await session.run(async (services: INestApplicationContext) => {
        const queries = services.get(KeyQueries, { strict: false });
        const keys = services.get(ServiceKeysService, { strict: false });
        return work({ keys, queries, id: await findKey(queries, reference), given });
      });
      session.print(result, given.json);
    },
  };
}

const show = onKey({ name: 'show', about: 'show a key, and the one it replaced' }, ({ queries, id }) =>
  queries.find(null, id),
);

const rotationOf = (given: GivenOptions) => parseOptions(rotateKeyRequest, given);

const rotate = onKey(
  {
    name: 'rotate',
    about: 'replace a key by a new one with the same settings; the new key is printed this once',
    options: {
      'overlap-seconds': {
        value: 'n',
        about: 'how long the old key remains valid (default: 0)',
        read: numberOf('--overlap-seconds'),
      },
    },
  },
  async ({ keys, id, given }) => {
    const { key, ...rest } = await keys.rotate(operatorManager, id, rotationOf(given));
    return { key, ...rest };
  },
  rotationOf,
);

const revocationOf = (given: GivenOptions) => parseOptions(revokeKeyRequest, given);

const revoke = onKey(
  {
    name: 'revoke',
    about: 'revoke a key permanently',
    options: { reason: { value: 'text', about: 'stored with the key and in the audit trail' } },
  },
  ({ keys, id, given }) => keys.revoke(operatorManager, id, revocationOf(given)),
  revocationOf,
);

const enable = onKey({ name: 'enable', about: 'enable a disabled key' }, ({ keys, id }) =>
  keys.update(operatorManager, id, { enabled: true }),
);

const disable = onKey({ name: 'disable', about: 'disable a key until it is enabled again' }, ({ keys, id }) =>
  keys.update(operatorManager, id, { enabled: false }),
);

export const keyCommands = [create, firstAdmin, list, show, rotate, revoke, enable, disable];
