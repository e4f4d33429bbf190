import { z } from 'zod';
import { isPlainText } from '../../principal/plain-text.js';

/** One line of text without control characters, of 1 to `max` characters. */
export const plainText = (max: number) =>
  z.string().min(1).max(max).refine(isPlainText, 'must not contain control characters');

/** A moment in UTC, RFC 3339. */
export const time = z.iso.datetime().meta({ examples: ['2030-01-31T12:00:00.000Z'] });

export const actorLink = z
  .object({ type: z.enum(['user', 'api_key', 'tool_key']), id: z.string() })
  .meta({ id: 'ActorLink', description: 'One link of the chain of who acts for whom.' });

export const errorAnswer = z
  .object({
    code: z.string().meta({ examples: ['INVALID_API_KEY'] }),
    message: z.string(),
    requestId: z.string(),
    details: z.unknown().optional(),
  })
  .meta({ id: 'Error', description: 'Every error has this shape. Programs switch on `code`.' });

/** Asked of every list: how many, and from where. */
export const pageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(50),
  cursor: z.uuid().optional(),
});
export type PageQuery = z.infer<typeof pageQuery>;
