import { z } from 'zod';
import { createAccessKeyRequest } from '../../api-keys/access-key.schemas.js';
import { AccessKeysService } from '../../api-keys/access-keys.service.js';
import { operatorManager } from '../../api-keys/key-manager.js';
import { toSettings } from '../../api-keys/service-key.schemas.js';
import { Database } from '../../database/database.js';
import { checkingOptions } from './checking-options.js';
import { type GivenOptions, parseOptions, UsageError } from './command.js';
import { findUser, referenceTo } from './find-user.js';
import type { OperatorSession } from './operator-session.js';

const accessKeyOptions = createAccessKeyRequest.safeExtend({ ownerId: z.uuid().optional() });

/** `keys create --user`: a key that acts as the user, printed this once. */
export async function createAccessKey(
  session: OperatorSession,
  reference: string,
  given: GivenOptions,
): Promise<void> {
  if (given.role !== undefined) throw new UsageError('--role: an access key has scopes, and no role');
  const { ownerId, ...body } = parseOptions(accessKeyOptions, given);
  const { key, ...rest } = await session.run(async (services) => {
    const user = await findUser(services.get(Database, { strict: false }), referenceTo(reference, {}));
    const scope = { ownerId: ownerId ?? user.ownerId, userId: user.id };
    const keys = services.get(AccessKeysService, { strict: false });
    const made = await checkingOptions(() => keys.create({ ...operatorManager, scope }, toSettings(body)));
    if (made.ownerId !== user.ownerId)
      session.terminal.printError(
        'The application decides with each request whether the user is a member of this owner.',
      );
    return made;
  });
  session.print({ key, ...rest }, given.json);
}
