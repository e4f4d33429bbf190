import { Command, Option } from 'nest-commander';
import { rotateKeyRequest } from '../../api-keys/service-key.schemas.js';
import { operator } from '../../api-keys/key-manager.js';
import { type CommonOptions, KeysCommand } from './keys-command.js';
import { numberOf } from './option-values.js';
import { checked } from './usage-error.js';

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
    const body = checked(rotateKeyRequest, { overlapSeconds });
    await this.change(reference, options, async (keys, id) => {
      const { key, ...made } = await keys.rotate(operator, null, id, body, null);
      return { key, ...made };
    });
  }

  @Option({ flags: '--overlap-seconds <n>', description: 'how long the old key goes on working (0)' })
  overlapSeconds(text: string) {
    return numberOf('--overlap-seconds', text);
  }
}
