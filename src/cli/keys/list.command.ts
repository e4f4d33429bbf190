import { Command, Option } from 'nest-commander';
import { listAllKeysQuery } from '../../api-keys/service-key.schemas.js';
import { KeyManagement } from '../../api-keys/key-management.js';
import { type CommonOptions, KeysCommand } from './keys-command.js';
import { printTable, textOf } from './print.js';
import type { Terminal } from './terminal.js';
import { checked } from './usage-error.js';

type ListedKey = Awaited<ReturnType<KeyManagement['list']>>['keys'][number];

const header = ['ID', 'PREFIX', 'NAME', 'KIND', 'STATUS', 'ENV', 'MAY', 'LAST USED', 'OWNER'];

@Command({ name: 'list', description: 'list keys, the newest first' })
export class ListCommand extends KeysCommand {
  async run(_arguments: string[], { json = false, ...filter }: CommonOptions & Record<string, unknown>) {
    const query = checked(listAllKeysQuery, { ...filter, limit: 100 });
    await this.session.run(async (services) => {
      const keys = services.get(KeyManagement, { strict: false });
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

  @Option({ flags: '--environment <live|test>', description: 'only keys of it' })
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
  return [id, prefix, name, kind, status, environment, textOf(may), textOf(lastUsedAt), ownerId];
}
