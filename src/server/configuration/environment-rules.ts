import { z } from 'zod';
import { isNetwork } from '../../principal/networks.js';

/** The description of a variable in the reference of options; `unset` is its default where that is not a constant. */
export const about = (description: string, unset?: string) => ({ description, unset });

export function wholeNumber(min: number, max: number) {
  const error = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, error)
    .transform(Number)
    .refine((number) => number >= min && number <= max, error);
}

export const flag = z.enum(['true', 'false'], 'must be true or false').transform((text) => text === 'true');

export const text = z.string();

/** `true`, `false`, a number of hops, or addresses and networks separated by commas. */
export const trustProxy = z
  .string()
  .refine(
    (value) =>
      /^(true|false|\d{1,2})$/.test(value) || value.split(',').every((entry) => isNetwork(entry.trim())),
    {
      error: 'must be true, false, a number of hops, or IP addresses and networks separated by commas',
    },
  )
  .transform((value) =>
    /^\d+$/.test(value) ? Number(value) : value === 'true' || (value !== 'false' && value),
  );
