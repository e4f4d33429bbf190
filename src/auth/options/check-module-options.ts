import { z } from 'zod';
import type { InjectionToken, Type } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';

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
  // Compiling a schema takes longer than the one run.
  const { error } = schema.safeParse(options, { jitless: true });
  return (error?.issues ?? []).flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys') return [issue.message];
    const known = Object.keys(schema.shape).join(', ');
    return issue.keys.map((name) => `${name} is no option of ${module}; there are ${known}.`);
  });
}

export function throwFaults(module: string, faults: readonly string[]): void {
  if (faults.length > 0) throw new Error([`The options of ${module} are invalid:`, ...faults].join('\n  '));
}

/** Throws if the application imports a module twice: each would have separate options, caches and counts. */
export function requireOneModule(modules: ModulesContainer, module: Type): void {
  const all = [...modules.values()];
  const found = all.filter(({ metatype }) => metatype === module);
  if (found.length < 2) return;
  const importers = all.filter(({ imports }) => found.some((one) => imports.has(one)));
  // Every module imports a global one; only the lists of imports show who wrote it down.
  const named = importers.filter(({ metatype }) => writesDown(metatype, module)).map(({ name }) => name);
  const places = named.length === 0 ? '' : ` (by ${named.join(' and ')})`;
  throw new Error(
    `${module.name} is imported ${found.length} times${places}: import ${module.name}.forRoot({ … }) once, in the root module. It is global.`,
  );
}

export function hasProvider(modules: ModulesContainer, token: InjectionToken): boolean {
  return [...modules.values()].some(({ providers }) => providers.has(token));
}

function writesDown(importer: Type, module: Type): boolean {
  const imports = (Reflect.getMetadata('imports', importer) ?? []) as unknown[];
  return imports.some(
    (one) => one === module || (one as { module?: unknown } | undefined)?.module === module,
  );
}
