import { Command } from 'nest-commander';
import { operator } from '../../../api-keys/service/operator.js';
import { type CommonOptions, KeysCommand } from './keys-command.js';
import { OperatorSession } from './operator-session.js';

@Command({ name: 'enable', arguments: '<key>', description: 'switch a disabled key on again' })
export class EnableCommand extends KeysCommand {
  constructor(session: OperatorSession) {
    super(session);
  }

  run(reference: string[], options: CommonOptions) {
    return this.change(reference, options, (keys, id) =>
      keys.update(operator, null, id, { enabled: true }, null),
    );
  }
}
