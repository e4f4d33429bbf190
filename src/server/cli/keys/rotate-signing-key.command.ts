import { Command, Option } from 'nest-commander';
import { z } from 'zod';
import { Clock } from '../../../principal/clock.js';
import { rotateSigningKey } from '../../builtin-issuer/rotate-signing-key.js';
import { ConfigurationError } from '../../configuration/configuration-error.js';
import { type CommonOptions, KeysCommand } from './keys-command.js';
import { numberOf } from './option-values.js';
import { checked } from './usage-error.js';

const month = 30 * 24 * 60 * 60;

const rotation = z.strictObject({
  leadSeconds: z.int().min(0).max(month).default(600),
  overlapSeconds: z.int().min(0).max(month).default(86_400),
});

@Command({
  name: 'rotate-signing-key',
  description: 'give the built-in issuer a new signing key; the old one overlaps with it',
})
export class RotateSigningKeyCommand extends KeysCommand {
  run(_arguments: string[], { json = false, ...wish }: CommonOptions & Record<string, unknown>) {
    const options = checked(rotation, wish);
    const { builtinIssuer, dataDir } = this.session.configuration;
    if (!builtinIssuer) throw new ConfigurationError(['BUILTIN_ISSUER is off, so nothing is signed']);
    this.print(rotateSigningKey(dataDir, options, new Clock().now()), json);
    return Promise.resolve();
  }

  @Option({
    flags: '--lead-seconds <n>',
    description: 'how long the new key is published before it signs (600)',
  })
  leadSeconds(text: string) {
    return numberOf('--lead-seconds', text);
  }

  @Option({
    flags: '--overlap-seconds <n>',
    description: 'how long the old key is published after that (86400); 0 ends all tokens it signed',
  })
  overlapSeconds(text: string) {
    return numberOf('--overlap-seconds', text);
  }
}
