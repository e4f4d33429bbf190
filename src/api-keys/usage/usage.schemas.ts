import { z } from 'zod';
import { time } from '../../http/schemas.js';
import { toolKeysGroup } from '../../usage/usage-sums.js';
import { counts, usageBucket, usageQuery } from './key-usage.js';

const { from, to } = usageQuery.shape;
const step = z.enum(['minute', 'hour', 'day']);

export const allUsageQuery = z.strictObject({
  from,
  to,
  step: step.default('hour').meta({
    description:
      'An hour, a day in UTC, or a minute: of the last 3 hours, at most 2 of them, by default the last, and only by outcome.',
  }),
  groupBy: z.enum(['key', 'outcome', 'owner']).default('outcome'),
  keyIds: z
    .string()
    .regex(/^[0-9a-f-]{36}(?:,[0-9a-f-]{36}){0,49}$/)
    .optional()
    .meta({ description: 'Only these keys, with `groupBy=key`: up to 50 ids, separated by commas.' }),
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(50)
    .default(10)
    .meta({ description: 'How many groups to show: those with the most requests.' }),
});
export type AllUsageQuery = z.infer<typeof allUsageQuery>;

const usageGroup = z
  .object({
    id: z.string().meta({
      description: `The id of a key or owner, or an outcome; \`${toolKeysGroup}\` for all tool keys.`,
    }),
    name: z.string().nullable().meta({ description: 'Of the key or owner.' }),
    prefix: z.string().nullable().meta({ description: 'Of the key.' }),
    total: counts,
    buckets: z.array(usageBucket),
  })
  .meta({ id: 'UsageGroup' });

const otherGroups = z.object({ groups: z.int(), total: counts }).meta({
  id: 'OtherUsageGroups',
  description: 'The sum of the groups that are not shown. For an owner, personal keys are among them.',
});

export const allUsage = z
  .object({
    from: time,
    to: time,
    step,
    groupBy: z.enum(['key', 'outcome', 'owner']),
    total: counts,
    buckets: z.array(usageBucket),
    groups: z.array(usageGroup).max(50),
    others: otherGroups.nullable(),
  })
  .meta({ id: 'Usage' });
