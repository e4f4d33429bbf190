import { z } from 'zod';
import { isNetwork } from '../../principal/networks.js';

export function wholeNumber(min: number, max: number) {
  const error = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, error)
    .transform(Number)
    .refine((number) => number >= min && number <= max, error);
}

export const flag = z.enum(['true', 'false'], 'must be true or false').transform((text) => text === 'true');

export const webUrl = z.url({ protocol: /^https?$/, error: 'must be an http or https URL' });

export const text = z.string();

/** A URL to which paths are appended. */
export const baseUrl = webUrl.refine((url) => !/[\s?#]/.test(url), 'must have no spaces, query or fragment');

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

/** Names separated by commas. */
export const audiences = z
  .string()
  .transform((list) => list.split(',').map((name) => name.trim()))
  .refine((names) => names.length <= 100 && names.every((name) => /^[\x21-\x7e]{1,255}$/.test(name)), {
    error: 'must be at most 100 audiences of 1 to 255 visible ASCII characters, separated by commas',
  });

/** A further issuer, as an element of the list in `JWT_ISSUERS`. */
const furtherIssuer = z
  .strictObject({
    issuer: z.string().min(1),
    audience: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]),
    jwksUrl: webUrl.optional(),
    publicKey: z.union([z.string().min(1), z.record(z.string(), z.unknown())]).optional(),
  })
  .refine(({ jwksUrl, publicKey }) => (jwksUrl === undefined) !== (publicKey === undefined), {
    error: 'needs either jwksUrl or publicKey',
  });

export const furtherIssuers = z
  .string()
  .transform((json, context) => {
    try {
      return JSON.parse(json) as unknown;
    } catch {
      context.addIssue({
        code: 'custom',
        message: 'must be a JSON list of { issuer, audience, jwksUrl or publicKey }',
      });
      return z.NEVER;
    }
  })
  .pipe(z.array(furtherIssuer));
