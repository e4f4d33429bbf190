import { z } from 'zod';

/** The field `replicas` of what a route answers that has `@WithReceipt()`. */
export const receipt = {
  replicas: z
    .object({
      live: z.int().nullable().meta({
        description: 'Processes that serve requests; null when the database did not say.',
      }),
      confirmed: z.int().meta({ description: 'Those that have dropped all they remembered of it.' }),
      missing: z.array(z.string()).meta({
        description: 'The names of the others, which believe what they remember for 5 s more at most.',
      }),
    })
    .meta({ id: 'Receipt' })
    .optional(),
};
