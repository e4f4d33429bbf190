import type { InjectionToken, OnModuleInit, Provider, Type } from '@nestjs/common';
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

/** Fails the start of an application whose data source lacks an entity of ours, rather than a request that needs it. */
export class RequiredEntities implements OnModuleInit {
  /** For the providers of the module that works with these. */
  static of(...entities: Type[]): Provider {
    return {
      provide: RequiredEntities,
      useFactory: (database?: Database) => new RequiredEntities(database, entities),
      inject: [{ token: Database, optional: true }],
    };
  }

  constructor(
    private readonly database: Database | undefined,
    private readonly entities: readonly Type[],
  ) {}

  async onModuleInit(): Promise<void> {
    const missing = (await this.database?.unknownEntities(this.entities)) ?? [];
    if (missing.length === 0) return;
    throw new Error(
      `The data source does not know ${missing.join(', ')} of Gatehouse: write entities: [...gatehouseEntities, …] where it is set up.`,
    );
  }
}
