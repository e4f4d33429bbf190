import { Command } from 'nest-commander';
import { operator } from '../../api-keys/key-manager.js';
import { type CommonOptions, KeysCommand } from './keys-command.js';

@Command({ name: 'disable', arguments: '<key>', description: 'switch a key off, until it is enabled again' })
export class DisableCommand extends KeysCommand {
  run(reference: string[], options: CommonOptions) {
    return this.change(reference, options, (keys, id) =>
      keys.update(operator, null, id, { enabled: false }, null),
    );
  }
}
