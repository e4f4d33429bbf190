import type { INestApplicationContext } from '@nestjs/common';
import { validate } from 'uuid';
import { ServiceKeysService } from '../../api-keys/service-keys.service.js';
import { escapeControls } from '../../server/logs/escape-controls.js';
import type { ApiKey } from '../../key-store/api-key.entity.js';
import { AuthError } from '../../principal/auth-error.js';

const most = 20;

/** Finds the key that an id, a display prefix or a name means. */
export class FindKey {
  private readonly keys: ServiceKeysService;

  constructor(services: INestApplicationContext) {
    this.keys = services.get(ServiceKeysService, { strict: false });
  }

  /**
   * The id of the one key; `NOT_FOUND` when there is none or several. Revoked keys count only where no other has the
   * name: a rotated key and its successor share it. The reference is never repeated: it may be a whole key.
   */
  async byReference(reference: string): Promise<string> {
    if (validate(reference)) return (await this.keys.find(null, reference)).stored.id;
    const found = await this.matching(reference);
    const living = found.filter(({ revokedAt }) => revokedAt === null);
    const meant = living.length > 0 ? living : found;
    const [key, ...others] = meant;
    if (key === undefined)
      throw new AuthError('NOT_FOUND', { message: 'No key has that id, prefix or name.' });
    if (others.length > 0) throw new AuthError('NOT_FOUND', { message: ambiguous(meant) });
    return key.id;
  }

  private async matching(text: string): Promise<ApiKey[]> {
    const page = { limit: 1_000 };
    const byPrefix = await this.keys.list(null, { prefix: text }, page);
    const byName = await this.keys.list(null, { name: text }, page);
    const all = [...byPrefix.keys, ...byName.keys];
    return [...new Map(all.map((key) => [key.id, key])).values()];
  }
}

function ambiguous(keys: readonly ApiKey[]): string {
  const lines = keys
    .slice(0, most)
    .map(({ id, prefix, name }) => `  ${id}  ${prefix}  ${escapeControls(name)}`);
  const more = keys.length > most ? ['  …'] : [];
  return ['Several keys match; say which by its id:', ...lines, ...more].join('\n');
}
