import { z } from 'zod';
import { AuditTrail } from '../../audit/audit-trail.js';
import { Database } from '../../database/database.js';
import { Clock } from '../../support/clock.js';
import { requireRotatable, rotateSigningKey } from '../../issuer/rotate-signing-key.js';
import { SigningKeyEvents } from '../../issuer/signing-key-watch.js';
import { newSigningKeyPem, signingKeyOf } from '../../issuer/signing-key-file.js';
import { ConfigurationError } from '../../support/errors.js';
import { type Command, numberOf, parseOptions } from './command.js';

const maxSeconds = 30 * 24 * 60 * 60;

const rotation = z.strictObject({
  leadSeconds: z.int().min(0).max(maxSeconds).default(600),
  overlapSeconds: z.int().min(0).max(maxSeconds).default(86_400),
});

export const rotateSigningKeyCommand: Command = {
  name: 'rotate-signing-key',
  about: 'give the built-in issuer a new signing key; the old one overlaps with it',
  options: {
    'lead-seconds': {
      value: 'n',
      about: 'how long the new key is published before it signs (default: 600)',
      read: numberOf('--lead-seconds'),
    },
    'overlap-seconds': {
      value: 'n',
      about:
        'how long the old key is published after that (default: 86400); 0 invalidates all tokens it signed',
      read: numberOf('--overlap-seconds'),
    },
  },
  async run(session, given) {
    const options = parseOptions(rotation, given);
    const { issuerFolder, issuerSwitch } = await session.installation;
    if (issuerFolder === null) throw new ConfigurationError([`${issuerSwitch} is off, so nothing is signed`]);
    const now = new Clock().now();
    requireRotatable(issuerFolder, now);
    const rotated = await session.run((services) => {
      const events = new SigningKeyEvents(
        services.get(Database, { strict: false }),
        services.get(AuditTrail, { strict: false }),
      );
      const pem = newSigningKeyPem();
      const kid = signingKeyOf(pem)?.jwk.kid ?? '';
      return events.recordWith({ type: 'rotated', kid, details: options }, () =>
        rotateSigningKey(issuerFolder, options, now, pem),
      );
    });
    session.print(rotated, given.json);
  },
};
