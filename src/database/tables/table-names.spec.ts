import { describe, expect, it } from '@jest/globals';
import { TableNames } from './table-names.js';

describe('a prefix or a schema', () => {
  it.each([
    ['a quote', 'gh"_'],
    ['a statement', 'x"; DROP TABLE users; --'],
    ['a dot', 'auth.gh_'],
    ['upper case', 'GH_'],
    ['a digit first', '1_'],
    ['a space', 'gh '],
    ['a line break', 'gh_\n'],
    ['another script', 'ключ_'],
    ['too much', 'x'.repeat(64)],
    ['no text', 7 as unknown as string],
  ])('is rejected with %s', (_, text) => {
    expect(() => new TableNames({ prefix: text })).toThrow(
      "The table prefix must be 1 to 20 of a-z, 0-9 and _, and not begin with a digit, like 'gh_'",
    );
    expect(() => new TableNames({ schema: text })).toThrow(
      'The schema must be 1 to 63 of a-z, 0-9 and _, and begin neither with a digit nor with pg_',
    );
  });

  it('leaves room for the longest index name, and rejects schemas of the server', () => {
    expect(() => new TableNames({ prefix: 'x'.repeat(21) })).toThrow('1 to 20');
    expect(() => new TableNames({ schema: 'pg_catalog' })).toThrow('pg_');
    expect(() => new TableNames({ schema: '' })).toThrow('1 to 63');
    const names = new TableNames({ prefix: 'x'.repeat(20), schema: 'y'.repeat(63) });
    expect(names.channel).toHaveLength(34);
    expect(new TableNames({ prefix: '' }).areDefault).toBe(true);
  });

  it('has a channel of its own', () => {
    const namings = [{}, { prefix: 'a_' }, { schema: 'a_' }, { prefix: 'a_', schema: 'a_' }];
    const channels = namings.map((naming) => new TableNames(naming).channel);
    expect(channels[0]).toBe('gatehouse_changes');
    expect(new Set(channels).size).toBe(4);
  });
});

describe('a statement of a migration', () => {
  const names = new TableNames({ prefix: 'gh_', schema: 'auth' });

  it.each([
    ['CREATE TABLE "tasks" ("tasks" int)', 'CREATE TABLE "auth"."gh_tasks" ("tasks" int)'],
    [
      'CREATE UNIQUE INDEX "uq_a" ON "users"  ("email") WHERE "email" IS NOT NULL',
      'CREATE UNIQUE INDEX "gh_uq_a" ON "auth"."gh_users"  ("email") WHERE "email" IS NOT NULL',
    ],
    [
      'CREATE INDEX IF NOT EXISTS "ix_a" ON "a" ("b")',
      'CREATE INDEX IF NOT EXISTS "gh_ix_a" ON "auth"."gh_a" ("b")',
    ],
    ['DROP INDEX "ix_a"', 'DROP INDEX "auth"."gh_ix_a"'],
    [
      'ALTER TABLE "users" ADD CONSTRAINT "fk_a" FOREIGN KEY ("b") REFERENCES "owners"("id") ON DELETE NO ACTION',
      'ALTER TABLE "auth"."gh_users" ADD CONSTRAINT "gh_fk_a" FOREIGN KEY ("b") REFERENCES "auth"."gh_owners"("id") ON DELETE NO ACTION',
    ],
    [
      'INSERT INTO "temporary_a"("id") SELECT "id" FROM "a"',
      'INSERT INTO "auth"."gh_temporary_a"("id") SELECT "id" FROM "auth"."gh_a"',
    ],
    [
      'CREATE TRIGGER "t" AFTER UPDATE ON "a" FOR EACH ROW EXECUTE FUNCTION "f"()',
      'CREATE TRIGGER "t" AFTER UPDATE ON "auth"."gh_a" FOR EACH ROW EXECUTE FUNCTION "auth"."gh_f"()',
    ],
    [`PERFORM pg_notify('gatehouse_changes', 'x')`, `PERFORM pg_notify('${names.channel}', 'x')`],
  ])('has these names: %s', (sql, expected) => {
    expect(names.translate(sql)).toBe(expected);
  });
});
