import { Command } from 'nest-commander';
import { type CommonOptions, KeysCommand } from './keys-command.js';

@Command({ name: 'show', arguments: '<key>', description: 'show a key, and the one it replaced' })
export class ShowCommand extends KeysCommand {
  run(reference: string[], options: CommonOptions) {
    return this.change(reference, options, (keys, id) => keys.find(null, id));
  }
}
