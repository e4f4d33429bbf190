import {
  createKeyForOwnerRequest,
  listAllKeysQuery,
  revokeKeyRequest,
  rotateKeyRequest,
  toSettings,
} from '../../api-keys/service-key.schemas.js';
import { Command, Option } from 'nest-commander';
import { operatorManager } from '../../api-keys/key-manager.js';
import { KeyQueries } from '../../api-keys/key-queries.js';
import { ServiceKeysService } from '../../api-keys/service-keys.service.js';
import { platformOwnerId } from '../../identity/owner.entity.js';
import { FirstAdminKey } from '../../server/first-admin-key.js';
import {
  type CommonOptions,
  KeysCommand,
  type ListedKey,
  listOf,
  numberOf,
  parseOptions,
  UsageError,
} from './keys-command.js';
import { cellOf, printTable, type Terminal } from './terminal.js';

@Command({ name: 'create', description: 'create a service key; the whole key is printed this once' })
export class CreateCommand extends KeysCommand {
  async run(_arguments: string[], { json = false, ...options }: CommonOptions & Record<string, unknown>) {
    const body = parseOptions(createKeyForOwnerRequest, options);
    const { key, ...rest } = await this.session.run(async (services) => {
      await services.get(FirstAdminKey).ensureOwner();
      const ownerId = body.ownerId ?? platformOwnerId;
      return services
        .get(ServiceKeysService, { strict: false })
        .create(operatorManager, { ...toSettings(body), ownerId });
    });
    this.print({ key, ...rest }, json);
  }

  @Option({ flags: '--name <text>', description: 'what it is for' })
  name(text: string) {
    return text;
  }

  @Option({
    flags: '--owner <id>',
    name: 'ownerId',
    description: 'its owner (default: the owner of the platform)',
  })
  owner(id: string) {
    return id;
  }

  @Option({ flags: '--environment <live|test>', description: '(default: live)' })
  environment(text: string) {
    return text;
  }

  @Option({ flags: '--role <role>', description: 'read_only, write_agent or admin' })
  role(text: string) {
    return text;
  }

  @Option({ flags: '--scopes <a:b,c:d>', description: 'instead of those of the role' })
  scopes(text: string) {
    return listOf(text);
  }

  @Option({ flags: '--expires-at <time>', description: 'RFC 3339, as 2030-01-31T12:00:00Z' })
  expiresAt(text: string) {
    return text;
  }

  @Option({ flags: '--rate-limit <limit/seconds>', description: 'as 100/60' })
  rateLimit(text: string) {
    const [, limit, windowSeconds] = /^(\d{1,9})\/(\d{1,9})$/.exec(text) ?? [];
    if (limit === undefined || windowSeconds === undefined)
      throw new UsageError('--rate-limit: must be limit/seconds, as 100/60');
    return { limit: Number(limit), windowSeconds: Number(windowSeconds) };
  }

  @Option({ flags: '--allowed-ips <a,b>', description: 'addresses and networks it may be used from' })
  allowedIps(text: string) {
    return listOf(text);
  }
}

const header = ['ID', 'PREFIX', 'NAME', 'KIND', 'STATUS', 'ENV', 'MAY', 'LAST USED', 'OWNER'];

@Command({ name: 'list', description: 'list keys, newest first' })
export class ListCommand extends KeysCommand {
  async run(_arguments: string[], { json = false, ...filter }: CommonOptions & Record<string, unknown>) {
    const query = parseOptions(listAllKeysQuery, { ...filter, limit: 100 });
    await this.session.run(async (services) => {
      const keys = services.get(KeyQueries, { strict: false });
      let cursor: string | undefined;
      let isFirst = true;
      do {
        const page = await keys.list(null, { ...query, cursor });
        printKeys(this.session.terminal, page.keys, json, isFirst);
        isFirst = false;
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined);
    });
  }

  @Option({ flags: '--owner <id>', name: 'ownerId', description: 'only keys of this owner' })
  owner(id: string) {
    return id;
  }

  @Option({ flags: '--environment <live|test>', description: 'only keys of this environment' })
  environment(text: string) {
    return text;
  }

  @Option({ flags: '--status <status>', description: 'active, disabled, expired or revoked' })
  status(text: string) {
    return text;
  }
}

function printKeys(terminal: Terminal, keys: readonly ListedKey[], json: boolean, isFirst: boolean): void {
  if (!json) return printTable(terminal, [...(isFirst ? [header] : []), ...keys.map(rowOf)]);
  for (const key of keys) terminal.print(JSON.stringify(key));
}

function rowOf(key: ListedKey): string[] {
  const may = key.scopes?.join(',') ?? key.role;
  const { id, prefix, name, kind, status, environment, lastUsedAt, ownerId } = key;
  return [id, prefix, name, kind, status, environment, cellOf(may), cellOf(lastUsedAt), ownerId];
}

@Command({ name: 'show', arguments: '<key>', description: 'show a key, and the one it replaced' })
export class ShowCommand extends KeysCommand {
  run(reference: string[], options: CommonOptions) {
    return this.withKey(reference, options, (_keys, id, queries) => queries.find(null, id));
  }
}

@Command({
  name: 'rotate',
  arguments: '<key>',
  description: 'replace a key by a new one with the same settings; the new key is printed this once',
})
export class RotateCommand extends KeysCommand {
  async run(
    reference: string[],
    { overlapSeconds, ...options }: CommonOptions & { overlapSeconds?: number },
  ) {
    const body = parseOptions(rotateKeyRequest, { overlapSeconds });
    await this.withKey(reference, options, async (keys, id) => {
      const { key, ...rest } = await keys.rotate(operatorManager, id, body);
      return { key, ...rest };
    });
  }

  @Option({
    flags: '--overlap-seconds <n>',
    description: 'how long the old key remains valid (default: 0)',
  })
  overlapSeconds(text: string) {
    return numberOf('--overlap-seconds', text);
  }
}

@Command({ name: 'revoke', arguments: '<key>', description: 'revoke a key permanently' })
export class RevokeCommand extends KeysCommand {
  async run(reference: string[], { reason, ...options }: CommonOptions & { reason?: string }) {
    const body = parseOptions(revokeKeyRequest, { reason });
    await this.withKey(reference, options, (keys, id) => keys.revoke(operatorManager, id, body));
  }

  @Option({ flags: '--reason <text>', description: 'stored with the key and in the audit trail' })
  reason(text: string) {
    return text;
  }
}

@Command({ name: 'enable', arguments: '<key>', description: 'enable a disabled key' })
export class EnableCommand extends KeysCommand {
  run(reference: string[], options: CommonOptions) {
    return this.withKey(reference, options, (keys, id) =>
      keys.update(operatorManager, id, { enabled: true }),
    );
  }
}

@Command({ name: 'disable', arguments: '<key>', description: 'disable a key until it is enabled again' })
export class DisableCommand extends KeysCommand {
  run(reference: string[], options: CommonOptions) {
    return this.withKey(reference, options, (keys, id) =>
      keys.update(operatorManager, id, { enabled: false }),
    );
  }
}
