import { Command, Option } from 'nest-commander';
import { revokeKeyRequest } from '../../api-keys/service-key.schemas.js';
import { operator } from '../../api-keys/key-manager.js';
import { type CommonOptions, KeysCommand } from './keys-command.js';
import { checked } from './usage-error.js';

@Command({ name: 'revoke', arguments: '<key>', description: 'end a key for ever' })
export class RevokeCommand extends KeysCommand {
  async run(reference: string[], { reason, ...options }: CommonOptions & { reason?: string }) {
    const body = checked(revokeKeyRequest, { reason });
    await this.change(reference, options, (keys, id) => keys.revoke(operator, null, id, body, null));
  }

  @Option({ flags: '--reason <text>', description: 'kept with the key and in the audit trail' })
  reason(text: string) {
    return text;
  }
}
