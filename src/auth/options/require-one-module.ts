import type { InjectionToken, Type } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';

/** Throws when the application has several of what is to be one: two would have their own options, caches and counts. */
export function requireOneModule(modules: ModulesContainer, module: Type): void {
  const all = [...modules.values()];
  const found = all.filter(({ metatype }) => metatype === module);
  if (found.length < 2) return;
  const importers = all.filter(({ imports }) => found.some((one) => imports.has(one)));
  // What is global is imported by all; those who wrote it down are told by their own list.
  const named = importers.filter(({ metatype }) => writesDown(metatype, module)).map(({ name }) => name);
  const places = named.length === 0 ? '' : ` (by ${named.join(' and ')})`;
  throw new Error(
    `${module.name} is imported ${found.length} times${places}: write ${module.name}.forRoot({ … }) once, in the imports of the root module. It is there for all other modules, too.`,
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
