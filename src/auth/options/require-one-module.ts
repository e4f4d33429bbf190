import type { InjectionToken, Type } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';

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
