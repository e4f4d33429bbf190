import { z } from 'zod';
import { time } from '../http/schemas.js';

const moment = z.iso.datetime({ offset: true }).meta({ examples: ['2030-01-31T12:00:00Z'] });
const bucket = z.enum(['hour', 'day']);

export const usageQuery = z.strictObject({
  from: moment
    .optional()
    .meta({ description: 'RFC 3339; 7 days before `to` if missing. Its hour counts as a whole.' }),
  to: moment.optional().meta({ description: 'RFC 3339; now if missing. Its hour counts as a whole.' }),
  bucket: bucket.default('hour').meta({ description: 'An hour, or a day in UTC.' }),
});
export type UsageQuery = z.infer<typeof usageQuery>;

const counts = z.record(z.string(), z.int().min(1)).meta({
  id: 'OutcomeCounts',
  description: 'Requests by outcome: `VALID`, `REVOKED`, `EXPIRED`, `RATE_LIMITED`, …',
  examples: [{ VALID: 118, RATE_LIMITED: 2 }],
});

const usageBucket = z
  .object({ start: time, counts })
  .meta({ id: 'UsageBucket', description: 'An hour or a day in which the key was used.' });

export const keyUsage = z
  .object({ from: time, to: time, bucket, total: counts, buckets: z.array(usageBucket) })
  .meta({ id: 'KeyUsage' });
