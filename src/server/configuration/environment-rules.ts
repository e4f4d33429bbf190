import { z } from 'zod';
import {
  actionsFor,
  isKind,
  type LeakAction,
  type LeakPolicy,
  leakedKinds,
} from '../../leaks/leak-options.js';
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

/** `service=disable,admin=notify` */
export const leakPolicy = z.string().transform((list, context): LeakPolicy => {
  const policy: Record<string, LeakAction> = {};
  for (const entry of list.split(',').map((one) => one.trim())) {
    const [kind = '', action = '', ...rest] = entry.split('=').map((one) => one.trim());
    const isKnown = isKind(kind) && actionsFor(kind).includes(action as LeakAction) && rest.length === 0;
    if (!isKnown || Object.hasOwn(policy, kind)) {
      const rule = `must be a list like service=disable,admin=notify, of ${leakedKinds.join(', ')} with revoke, disable (no tool keys) or notify`;
      context.addIssue({ code: 'custom', message: rule, input: list });
      return z.NEVER;
    }
    policy[kind] = action as LeakAction;
  }
  return policy;
});
