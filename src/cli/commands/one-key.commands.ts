import type { INestApplicationContext } from '@nestjs/common';
import { z } from 'zod';
import { operatorManager } from '../../api-keys/key-manager.js';
import { KeyNarrowingService } from '../../api-keys/key-narrowing.service.js';
import { KeyQueries } from '../../api-keys/key-queries.js';
import { narrowKeyRequest, revokeKeyRequest, rotateKeyRequest } from '../../api-keys/service-key.schemas.js';
import { ServiceKeysService } from '../../api-keys/service-keys.service.js';
import { usageQuery } from '../../api-keys/usage/key-usage.js';
import { type Command, type GivenOptions, listOf, numberOf, parseOptions } from './command.js';
import { findKey } from './find-key.js';
import type { OperatorSession } from './operator-session.js';

interface KeyWork {
  readonly keys: ServiceKeysService;
  readonly queries: KeyQueries;
  readonly narrowing: KeyNarrowingService;
  readonly id: string;
}

/** A command on the one key that its argument names; prints the result. */
function onKey<T extends z.ZodType>(
  command: Pick<Command, 'name' | 'about' | 'options'>,
  options: T,
  work: (on: KeyWork, options: z.output<T>) => Promise<object>,
): Command {
  return {
    ...command,
    argument: '<key>',
    async run(session: OperatorSession, given: GivenOptions, reference = '') {
      const parsed = parseOptions(options, given);
      const result = await session.run(async (services: INestApplicationContext) => {
        const queries = services.get(KeyQueries, { strict: false });
        const keys = services.get(ServiceKeysService, { strict: false });
        const narrowing = services.get(KeyNarrowingService, { strict: false });
        return work({ keys, queries, narrowing, id: await findKey(queries, reference) }, parsed);
      });
      session.print(result, given.json);
    },
  };
}

const none = z.object({});

const show = onKey({ name: 'show', about: 'show a key, and the one it replaced' }, none, ({ queries, id }) =>
  queries.find(null, id),
);

const rotate = onKey(
  {
    name: 'rotate',
    about: 'replace a key by a new one with the same settings; the new key is printed this once',
    options: {
      'overlap-seconds': {
        value: 'n',
        about: 'how long the old key remains valid (default: 0)',
        read: numberOf('--overlap-seconds'),
      },
    },
  },
  rotateKeyRequest,
  async ({ keys, id }, rotation) => {
    const { key, ...rest } = await keys.rotate(operatorManager, id, rotation);
    return { key, ...rest };
  },
);

const revoke = onKey(
  {
    name: 'revoke',
    about: 'revoke a key permanently',
    options: { reason: { value: 'text', about: 'stored with the key and in the audit trail' } },
  },
  revokeKeyRequest,
  ({ keys, id }, revocation) => keys.revoke(operatorManager, id, revocation),
);

const usage = onKey(
  {
    name: 'usage',
    about: 'show how often a key was used, by outcome',
    options: {
      from: { value: 'time', about: 'RFC 3339 (default: 7 days before the end)' },
      to: { value: 'time', about: 'RFC 3339 (default: now)' },
      bucket: { value: 'hour|day', about: '(default: hour)' },
    },
  },
  usageQuery,
  ({ queries, id }, period) => queries.usage(null, id, period),
);

const narrow = onKey(
  {
    name: 'narrow',
    about: 'leave a key the scopes that it has needed in 90 days, or named ones',
    options: {
      keep: { value: 'a:b,c:d', about: 'further scopes to leave it', read: listOf },
      scopes: { value: 'a:b,c:d', about: 'the scopes to leave it instead', read: listOf },
    },
  },
  narrowKeyRequest,
  ({ narrowing, id }, narrower) => narrowing.narrow(operatorManager, id, narrower),
);

const enable = onKey({ name: 'enable', about: 'enable a disabled key' }, none, ({ keys, id }) =>
  keys.update(operatorManager, id, { enabled: true }),
);

const disable = onKey(
  { name: 'disable', about: 'disable a key until it is enabled again' },
  none,
  ({ keys, id }) => keys.update(operatorManager, id, { enabled: false }),
);

export const oneKeyCommands = [show, rotate, narrow, usage, revoke, enable, disable];
