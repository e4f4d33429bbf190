import { z } from 'zod';

/** Strict: an `ownerId` in a body is rejected, and not passed over. */
export const newNote = z.strictObject({
  text: z
    .string()
    .min(1)
    .max(2000)
    .refine((text) => !text.includes('\0'), 'must not contain NUL'),
});
export type NewNote = z.infer<typeof newNote>;
