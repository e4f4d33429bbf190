import { Command, Option } from 'nest-commander';
import { v5 } from 'uuid';
import { z } from 'zod';
import { type AuditEntry, AuditTrail } from '../../../audit/audit-trail.js';
import { Database } from '../../../database/database.js';
import { platformOwnerId } from '../../../identity/platform-owner.js';
import { Clock } from '../../../principal/clock.js';
import {
  requireRotatable,
  rotateSigningKey,
  type SigningKeyRotation,
} from '../../builtin-issuer/rotate-signing-key.js';
import { newSigningKeyPem, signingKeyOf } from '../../builtin-issuer/signing-key.js';
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
  async run(_arguments: string[], { json = false, ...wish }: CommonOptions & Record<string, unknown>) {
    const options = checked(rotation, wish);
    const { builtinIssuer, dataDir } = this.session.configuration;
    if (!builtinIssuer) throw new ConfigurationError(['BUILTIN_ISSUER is off, so nothing is signed']);
    const now = new Clock().now();
    requireRotatable(dataDir, now);
    const rotated = await this.session.run((services) => {
      const database = services.get(Database, { strict: false });
      const audit = services.get(AuditTrail, { strict: false });
      // The file last: what cannot be written into the trail does not happen.
      return database.write(async (manager) => {
        const pem = newSigningKeyPem();
        await audit.record(manager, { user: null, origin: null }, eventOf(pem, options));
        return rotateSigningKey(dataDir, options, now, pem);
      });
    });
    this.print(rotated, json);
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

/** Its subject is the new key, by a UUID that follows from its `kid`. */
function eventOf(pem: string, rotation: SigningKeyRotation): AuditEntry {
  const kid = signingKeyOf(pem)?.jwk.kid ?? '';
  const subject = {
    subjectType: 'signing_key',
    subjectId: v5(kid, v5.URL),
    ownerId: platformOwnerId,
  } as const;
  return { type: 'rotated', ...subject, userId: null, details: { kid, ...rotation } };
}
