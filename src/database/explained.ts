import type { InjectionToken, Provider, Type } from '@nestjs/common';
import { Database } from './database.js';

/**
 * Providers that cannot be made without what another module of ours brings. Where that is not imported the start fails
 * with what to write, and not with Nest's own words; `needing` is the module that needs `AuthModule`.
 */
export function explained(providers: readonly Provider[], needing?: string): Provider[] {
  return providers.map((provider) =>
    typeof provider === 'function' && provider.length > 0 ? explainedClass(provider, needing) : provider,
  );
}

/** Nest tries all providers at once, so nothing could look first: each takes what is missing as `undefined`. */
function explainedClass(type: Type, needing: string | undefined): Provider {
  const tokens = tokensOf(type);
  const optional = (Reflect.getMetadata('optional:paramtypes', type) ?? []) as number[];
  return {
    provide: type,
    inject: tokens.map((token) => ({ token, optional: true })),
    useFactory: (...found: unknown[]): unknown => {
      const missing = tokens.find((_, index) => found[index] === undefined && !optional.includes(index));
      if (missing !== undefined) throw new Error(lackOf(missing, type, needing));
      return new type(...found);
    },
  };
}

/** What the constructor asks for, by type and by `@Inject`. */
function tokensOf(type: Type): InjectionToken[] {
  const tokens = [...((Reflect.getMetadata('design:paramtypes', type) ?? []) as InjectionToken[])];
  const named = (Reflect.getMetadata('self:paramtypes', type) ?? []) as {
    index: number;
    param: InjectionToken;
  }[];
  for (const { index, param } of named) tokens[index] = param;
  return tokens;
}

function lackOf(token: InjectionToken, type: Type, needing: string | undefined): string {
  if (token === Database) return lackOfModule('DatabaseModule.forRoot({ url, entities: gatehouseEntities })');
  if (needing !== undefined) return lackOfModule('AuthModule.forRoot({ … })', needing);
  return `${type.name} needs ${typeof token === 'function' ? token.name : String(token)}, which no module brings.`;
}

function lackOfModule(code: string, needing = 'Gatehouse'): string {
  const [module = ''] = code.split('.');
  return `${module} is not imported, and ${needing} needs it: add ${code} to the imports of the root module.`;
}
