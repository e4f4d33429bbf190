import { z } from 'zod';

const check = z
  .object({
    status: z.enum(['ok', 'degraded', 'failed', 'unknown']),
    cause: z.string().optional().meta({ description: 'What is wrong, where something is.' }),
  })
  .meta({ id: 'HealthCheck' });

export const liveness = z.object({ status: z.literal('live') }).meta({ id: 'Liveness' });

const checks = z.object({
  database: check,
  migrations: check,
  issuers: check.optional().meta({ description: 'The keys of the token issuers, where any is configured.' }),
});

export const readiness = z.object({ status: z.literal('ready'), checks }).meta({ id: 'Readiness' });

export type HealthChecks = z.infer<typeof checks>;
