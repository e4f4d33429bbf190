import { Command, Option } from 'nest-commander';
import { createKeyForOwnerRequest } from '../../api-keys/service-key.schemas.js';
import { KeyManagement } from '../../api-keys/key-management.js';
import { operator } from '../../api-keys/key-manager.js';
import { FirstAdminKey } from '../../server/first-admin-key.js';
import { type CommonOptions, KeysCommand } from './keys-command.js';
import { listOf, rateLimitOf } from './option-values.js';
import { checked } from './usage-error.js';

@Command({ name: 'create', description: 'create a service key; the whole key is printed this once' })
export class CreateCommand extends KeysCommand {
  async run(_arguments: string[], { json = false, ...wish }: CommonOptions & Record<string, unknown>) {
    const body = checked(createKeyForOwnerRequest, wish);
    const made = await this.session.run(async (services) => {
      await services.get(FirstAdminKey).ensureOwner();
      return services.get(KeyManagement, { strict: false }).createForOwner(operator, body, null);
    });
    const { key, ...rest } = made;
    this.print({ key, ...rest }, json);
  }

  @Option({ flags: '--name <text>', description: 'what it is for' })
  name(text: string) {
    return text;
  }

  @Option({ flags: '--owner <id>', name: 'ownerId', description: 'whose it is (the platform’s own owner)' })
  owner(id: string) {
    return id;
  }

  @Option({ flags: '--environment <live|test>', description: '(live)' })
  environment(text: string) {
    return text;
  }

  @Option({ flags: '--role <role>', description: 'read_only, write_agent or admin' })
  role(text: string) {
    return text;
  }

  @Option({ flags: '--scopes <a:b,c:d>', description: 'in place of those of the role' })
  scopes(text: string) {
    return listOf(text);
  }

  @Option({ flags: '--expires-at <time>', description: 'RFC 3339, as 2030-01-31T12:00:00Z' })
  expiresAt(text: string) {
    return text;
  }

  @Option({ flags: '--rate-limit <limit/seconds>', description: 'as 100/60' })
  rateLimit(text: string) {
    return rateLimitOf(text);
  }

  @Option({ flags: '--allowed-ips <a,b>', description: 'addresses and networks it may be used from' })
  allowedIps(text: string) {
    return listOf(text);
  }
}
