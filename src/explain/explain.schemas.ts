import { z } from 'zod';
import { auditEvent } from '../http/audit-events.js';
import { ipAddress, time } from '../http/schemas.js';

const printable = /^\/[\x21-\x22\x24-\x7e]*$/;

/** True for a path, perhaps with a query string, as it may stand in a request: encoded, and without a fragment. */
function isRequestTarget(text: string): boolean {
  if (!printable.test(text)) return false;
  try {
    decodeURI(text);
    return true;
  } catch {
    return false;
  }
}

/** A path without its query string, and what that says: a list where a name is repeated. */
export function splitTarget(target: string): {
  readonly path: string;
  readonly query: Readonly<Record<string, string | string[]>>;
} {
  const [path = '', ...rest] = target.split('?');
  const parameters = new URLSearchParams(rest.join('?'));
  const query = Object.fromEntries(
    [...new Set(parameters.keys())].map((name) => {
      const values = parameters.getAll(name);
      return [name, values.length === 1 ? (values[0] as string) : values];
    }),
  );
  return { path, query };
}

export const explainRequest = z
  .strictObject({
    key: z.string().min(1).max(512).optional().meta({ description: 'A whole API key or tool key …' }),
    keyId: z.uuid().optional().meta({ description: '… or the id of one …' }),
    token: z
      .string()
      .min(1)
      .max(16 * 1024)
      .optional()
      .meta({ description: '… or your own JWT. Exactly one of the three.' }),
    method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']),
    path: z
      .string()
      .max(2_048)
      .refine(isRequestTarget, 'must be a path as it is sent: it begins with / and is encoded')
      .meta({ description: 'With its query string, where it has one.' }),
    ip: ipAddress.optional().meta({
      description: 'The address of the client. A key with an address list is rejected without it.',
    }),
    agentContext: z
      .boolean()
      .default(false)
      .meta({ description: 'Whether the request sends `X-Agent-Context: 1`.' }),
    ownerId: z
      .string()
      .max(200)
      .optional()
      .meta({ description: 'The owner that the request names in `X-Owner-Id`.' }),
    at: z.iso.datetime({ offset: true }).optional().meta({
      description: 'Include rejections and events up to this time. The checks are always made as of now.',
    }),
  })
  .refine(({ key, keyId, token }) => [key, keyId, token].filter((one) => one !== undefined).length === 1, {
    path: ['key'],
    message: 'Exactly one of key, keyId and token is required.',
  })
  .meta({
    id: 'ExplainRequest',
    examples: [
      {
        keyId: '0197a3c2-5d1e-7b3a-9c4d-2f6e8a1b0c3d',
        method: 'GET',
        path: '/api/v1/api-keys',
        ip: '203.0.113.9',
      },
    ],
  });
export type ExplainRequest = z.infer<typeof explainRequest>;

const explainedCheck = z
  .object({
    check: z.string().meta({ examples: ['revoked'] }),
    outcome: z.enum(['pass', 'fail', 'skipped']),
    first: z.boolean().meta({ description: 'The first that fails.' }),
    saw: z.record(z.string(), z.unknown()).meta({ description: 'The facts behind the decision.' }),
    message: z.string(),
  })
  .meta({ id: 'ExplainedCheck', description: 'One check. The checks after the first failure are made too.' });

const explainedKey = z
  .object({
    type: z.enum(['api_key', 'tool_key']),
    id: z.string(),
    prefix: z.string(),
    name: z.string().nullable(),
    ownerId: z.string(),
    createdAt: time,
    lastUsedAt: time.nullable(),
    lastUsedIp: z.string().nullable(),
  })
  .meta({ id: 'ExplainedKey' });

const explainedResult = z
  .object({
    admitted: z.boolean().meta({ description: 'Whether the request would reach its handler …' }),
    as: z
      .enum(['key', 'token', 'anonymous'])
      .nullable()
      .meta({ description: '… and as which caller; null if no guard checks the credential.' }),
    status: z.int().nullable().meta({ description: 'Null if the request is allowed: its handler responds.' }),
    code: z.string().nullable(),
    outcome: z
      .string()
      .nullable()
      .meta({ description: 'The result of verifying the key; null if no guard checks it.' }),
  })
  .meta({ id: 'ExplainedResult', description: 'The response that a request with this key would get now.' });

export const keyExplanation = z
  .object({
    key: explainedKey
      .nullable()
      .meta({ description: 'Null for a token, and for a text that is not a key at all.' }),
    result: explainedResult,
    checks: z.array(explainedCheck).meta({ description: 'In the order in which they run.' }),
    judgedAt: time,
    refusals: z
      .array(auditEvent)
      .meta({ description: 'The latest rejections, sampled: one a minute for each reason.' }),
    events: z.array(auditEvent).meta({ description: 'The latest events of the key.' }),
    eventsUrl: z.string().nullable().meta({ description: 'Where there are more of them.' }),
  })
  .meta({ id: 'KeyExplanation' });
export type KeyExplanation = z.infer<typeof keyExplanation>;
