import { Command, Option } from 'nest-commander';
import { z } from 'zod';
import { AuditTrail } from '../../audit/audit-trail.js';
import { Database } from '../../database/database.js';
import { Clock } from '../../support/clock.js';
import { requireRotatable, rotateSigningKey } from '../../issuer/rotate-signing-key.js';
import { SigningKeyEvents } from '../../issuer/signing-key-watch.js';
import { newSigningKeyPem, signingKeyOf } from '../../issuer/signing-key-file.js';
import { ConfigurationError } from '../../support/errors.js';
import { type CommonOptions, KeysCommand, numberOf, parseOptions } from './keys-command.js';

const maxSeconds = 30 * 24 * 60 * 60;

const rotation = z.strictObject({
  leadSeconds: z.int().min(0).max(maxSeconds).default(600),
  overlapSeconds: z.int().min(0).max(maxSeconds).default(86_400),
});

@Command({
  name: 'rotate-signing-key',
  description: 'give the built-in issuer a new signing key; the old one overlaps with it',
})
export class RotateSigningKeyCommand extends KeysCommand {
  async run(_arguments: string[], { json = false, ...given }: CommonOptions & Record<string, unknown>) {
    const options = parseOptions(rotation, given);
    const { builtinIssuer, dataDir } = this.session.configuration;
    if (!builtinIssuer) throw new ConfigurationError(['BUILTIN_ISSUER is off, so nothing is signed']);
    const now = new Clock().now();
    requireRotatable(dataDir, now);
    const rotated = await this.session.run((services) => {
      const events = new SigningKeyEvents(
        services.get(Database, { strict: false }),
        services.get(AuditTrail, { strict: false }),
      );
      const pem = newSigningKeyPem();
      const kid = signingKeyOf(pem)?.jwk.kid ?? '';
      return events.recordWith({ type: 'rotated', kid, details: options }, () =>
        rotateSigningKey(dataDir, options, now, pem),
      );
    });
    this.print(rotated, json);
  }

  @Option({
    flags: '--lead-seconds <n>',
    description: 'how long the new key is published before it signs (default: 600)',
  })
  leadSeconds(text: string) {
    return numberOf('--lead-seconds', text);
  }

  @Option({
    flags: '--overlap-seconds <n>',
    description:
      'how long the old key is published after that (default: 86400); 0 invalidates all tokens it signed',
  })
  overlapSeconds(text: string) {
    return numberOf('--overlap-seconds', text);
  }
}
