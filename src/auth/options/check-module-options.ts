import { z } from 'zod';

/** A limit of a module: a whole number of at least 1. */
export const limitOption = (name: string) =>
  z
    .int(`${name} is a whole number of at least 1.`)
    .min(1, `${name} is a whole number of at least 1.`)
    .optional();

/** Throws an `Error` that names everything wrong with the options of a module. */
export function checkModuleOptions(module: string, schema: z.ZodObject, options: unknown): void {
  throwFaults(module, faultsOfOptions(module, schema, options));
}

/** Everything wrong with the options, each with what to write instead. */
export function faultsOfOptions(module: string, schema: z.ZodObject, options: unknown): string[] {
  return (schema.safeParse(options).error?.issues ?? []).flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys') return [issue.message];
    const known = Object.keys(schema.shape).join(', ');
    return issue.keys.map((name) => `${name} is no option of ${module}; there are ${known}.`);
  });
}

export function throwFaults(module: string, faults: readonly string[]): void {
  if (faults.length > 0) throw new Error([`The options of ${module} are invalid:`, ...faults].join('\n  '));
}
