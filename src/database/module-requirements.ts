import type { InjectionToken, OnModuleInit, Provider, Type } from '@nestjs/common';
import { Database } from './database.js';

/**
 * Providers that depend on another module of Gatehouse. If it is not imported, the start fails with what to write instead
 * of Nest's message. `needing` is the module that needs `AuthModule`.
 */
export function explainMissing(providers: readonly Provider[], needing?: string): Provider[] {
  return providers.map((provider) =>
    // Its `length` would be 0 for a constructor that is inherited.
    typeof provider === 'function' && tokensOf(provider).length > 0
      ? withOptionalDependencies(provider, needing)
      : provider,
  );
}

/** Nest creates all providers at once, so nothing can check first: each takes a missing dependency as `undefined`. */
function withOptionalDependencies(type: Type, needing: string | undefined): Provider {
  const tokens = tokensOf(type);
  const optional = (Reflect.getMetadata('optional:paramtypes', type) ?? []) as number[];
  return {
    provide: type,
    inject: tokens.map((token) => ({ token, optional: true })),
    useFactory: (...dependencies: unknown[]): unknown => {
      const missing = tokens.find(
        (_, index) => dependencies[index] === undefined && !optional.includes(index),
      );
      if (missing !== undefined) throw new Error(messageFor(missing, type, needing));
      return new type(...dependencies);
    },
  };
}

/** The dependencies of the constructor, by type and by `@Inject`. */
function tokensOf(type: Type): InjectionToken[] {
  const tokens = [...((Reflect.getMetadata('design:paramtypes', type) ?? []) as InjectionToken[])];
  const named = (Reflect.getMetadata('self:paramtypes', type) ?? []) as {
    index: number;
    param: InjectionToken;
  }[];
  for (const { index, param } of named) tokens[index] = param;
  return tokens;
}

function messageFor(token: InjectionToken, type: Type, needing: string | undefined): string {
  if (token === Database)
    return missingModule('DatabaseModule.forRoot({ url, entities: gatehouseEntities })');
  if (needing !== undefined) return missingModule('AuthModule.forRoot({ … })', needing);
  return `${type.name} needs ${typeof token === 'function' ? token.name : String(token)}, which no module provides.`;
}

function missingModule(code: string, needing = 'Gatehouse'): string {
  const [module = ''] = code.split('.');
  return `${module} is not imported, and ${needing} needs it: add ${code} to the imports of the root module.`;
}

/** Fails the start of an application whose data source lacks an entity of Gatehouse, instead of the requests that need it. */
export class RequiredEntities implements OnModuleInit {
  /** For the providers of the module that uses these entities. */
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
      `The data source lacks the Gatehouse entities ${missing.join(', ')}: add entities: [...gatehouseEntities, …] to its options.`,
    );
  }
}
