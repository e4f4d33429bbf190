import { jest } from '@jest/globals';
import type { Database } from '../../src/database/database.js';
import { openDatabase } from '../../src/database/open-database.js';
import { Owner } from '../../src/identity/owner.entity.js';
import { gatehouseEntities } from '../../src/entities.js';

/** Opens a database with all entities and a silent log. */
export function open(url: string) {
  return openDatabase({
    url,
    entities: gatehouseEntities,
    logger: { log: jest.fn(), warn: jest.fn(), error: jest.fn() },
  });
}

/** An owner to be inserted; owners refer to nothing, so they make good rows for tests. */
export function anOwner(id: string): Owner {
  return { id, name: 'test', disabledAt: null, createdAt: new Date() };
}

/** The ids of all owners that are stored, in order. */
export async function ownerIds(database: Database): Promise<string[]> {
  const owners = await database.read((manager) => manager.find(Owner, { select: { id: true } }));
  return owners.map(({ id }) => id).sort();
}

/** A promise and the function that resolves it: to hold a transaction open for as long as a test needs. */
export class Latch {
  readonly opened: Promise<void>;
  open!: () => void;

  constructor() {
    this.opened = new Promise((resolve) => (this.open = resolve));
  }
}
