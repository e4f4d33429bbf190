import type { OnModuleInit, Provider, Type } from '@nestjs/common';
import { Database } from '../database.js';

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
