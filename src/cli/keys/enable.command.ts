import { Command } from 'nest-commander';
import { operator } from '../../api-keys/key-manager.js';
import { type CommonOptions, KeysCommand } from './keys-command.js';

@Command({ name: 'enable', arguments: '<key>', description: 'switch a disabled key on again' })
export class EnableCommand extends KeysCommand {
  run(reference: string[], options: CommonOptions) {
    return this.change(reference, options, (keys, id) =>
      keys.update(operator, null, id, { enabled: true }, null),
    );
  }
}
