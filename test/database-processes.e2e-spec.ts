import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { open, ownerIds } from './support/database-tools.js';
import { createScratchDatabase, type ScratchDatabase } from './support/scratch-database.js';
import { type DatabaseChild, spawnDatabaseChild } from './support/spawn-database-child.js';

let scratch: ScratchDatabase;
let children: DatabaseChild[] = [];

beforeEach(async () => {
  scratch = await createScratchDatabase();
});

afterEach(async () => {
  await Promise.all(children.map((child) => child.kill()));
  children = [];
  await scratch.drop();
});

function spawn(): DatabaseChild {
  const child = spawnDatabaseChild(scratch.url);
  children.push(child);
  return child;
}

describe('processes', () => {
  it('that start together on an empty database all start, and one of them migrates', async () => {
    const five = Array.from({ length: 5 }, spawn);
    await Promise.all(five.map((child) => child.said(1)));
    for (const child of five) child.next();
    await Promise.all(five.map((child) => child.said(child.lines.includes('migrated') ? 3 : 2)));
    const lines = five.map((child) => child.lines.slice(1).join()).sort();
    expect(lines).toEqual(['migrated,open', 'open', 'open', 'open', 'open']);
  });

  it('that are killed while they write lose nothing acknowledged, and leave nothing half done', async () => {
    for (const round of [1, 2, 3]) {
      const child = spawn();
      child.next();
      child.next();
      await child.said(10 * round);
      await sleep(50);
      await child.kill();
      const acknowledged = child.lines.filter((line) => /^\d+$/.test(line));
      expect(acknowledged.length).toBeGreaterThan(10 * round - 5);
      const database = await open(scratch.url);
      const stored = new Set(await ownerIds(database));
      expect(acknowledged.filter((n) => !stored.has(`a${n}`) || !stored.has(`b${n}`))).toEqual([]);
      const halves = [...stored].filter((id) => !stored.has((id.startsWith('a') ? 'b' : 'a') + id.slice(1)));
      expect(halves).toEqual([]);
      await database.write((manager) => manager.query('DELETE FROM owners'));
      await database.close();
    }
  });
});
