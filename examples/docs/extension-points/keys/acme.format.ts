import { randomBytes } from 'node:crypto';
import { type Environment, KeyFormat, type KeyShape, type KeyText } from 'nestjs-gatehouse/seams';

/** `acme-live-` or `acme-test-`, and 192 random bits in hex. */
export class AcmeFormat extends KeyFormat {
  override readonly heads = ['acme-live-', 'acme-test-'];

  override create(environment: Environment): KeyText {
    const key = `acme-${environment}-${randomBytes(24).toString('hex')}`;
    return { key, prefix: key.slice(0, 16) };
  }

  override recognise(key: string): KeyShape {
    return /^acme-(live|test)-[0-9a-f]{48}$/.test(key) ? 'PLAUSIBLE' : 'MALFORMED';
  }
}
