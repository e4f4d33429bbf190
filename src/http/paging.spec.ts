import { describe, expect, it } from '@jest/globals';
import { v7 } from 'uuid';
import { maxPageBytes, pageOf, readPage, pageRequestOf } from './paging.js';

const row = (bytes: number) => ({ id: v7(), text: 'x'.repeat(bytes) });
const after = (cursor: string | null) => pageRequestOf({ limit: 1, cursor: cursor ?? '' }, 'list').after;

describe('a page', () => {
  it('has all rows if they are small, and a cursor if there are more', () => {
    const rows = Array.from({ length: 100 }, () => row(500));
    expect(pageOf(rows, false, 'list')).toEqual({ rows, nextCursor: null });
    const { rows: page, nextCursor } = pageOf(rows, true, 'list');
    expect([page, after(nextCursor)]).toEqual([rows, rows.at(-1)?.id]);
  });

  it('without rows has no cursor', () => {
    expect(pageOf([], false, 'list')).toEqual({ rows: [], nextCursor: null });
  });

  it.each([true, false])(
    'is cut at its bytes, with a cursor after the last row it has: more %s',
    (hasMore) => {
      const rows = Array.from({ length: 100 }, () => row(8_000));
      const { rows: page, nextCursor } = pageOf(rows, hasMore, 'list');
      expect(page).toEqual(rows.slice(0, page.length));
      expect(JSON.stringify(page).length).toBeLessThanOrEqual(maxPageBytes);
      expect(JSON.stringify(rows.slice(0, page.length + 1)).length).toBeGreaterThan(maxPageBytes);
      expect(after(nextCursor)).toBe(page.at(-1)?.id);
    },
  );

  it('counts bytes and not characters', () => {
    const rows = Array.from({ length: 3 }, () => ({ id: v7(), text: '€'.repeat(maxPageBytes / 6) }));
    expect(pageOf(rows, false, 'list').rows).toHaveLength(1);
  });

  it('has one row at least, however large, so that a cursor always leads on', () => {
    const rows = [row(maxPageBytes * 2), row(10), row(10)];
    const { rows: page, nextCursor } = pageOf(rows, false, 'list');
    expect([page.length, after(nextCursor)]).toEqual([1, rows[0]?.id]);
    expect(pageOf(rows.slice(1), false, 'list')).toEqual({ rows: rows.slice(1), nextCursor: null });
    expect(pageOf(rows.slice(0, 1), false, 'list').nextCursor).toBeNull();
  });
});

describe('a cursor', () => {
  const ids = [
    v7(),
    '00000000-0000-0000-0000-000000000001',
    'org-1',
    'sixteen-of-these',
    'ABC:d.e_f',
    'x'.repeat(36),
  ];

  it.each(ids)('leads on after %s, in its own list alone', (id) => {
    const { nextCursor } = pageOf([{ id }], true, 'list');
    expect(after(nextCursor)).toBe(id);
    expect(nextCursor?.length).toBeLessThanOrEqual(64);
    expect(() => pageRequestOf({ limit: 1, cursor: nextCursor ?? '' }, 'other')).toThrow();
  });

  it.each(['', 'AAAA', 'a b', Buffer.from("x' OR 1=1").toString('base64url'), '\u0000', 'x'.repeat(64)])(
    'is not %j',
    (cursor) => {
      expect(() => pageRequestOf({ limit: 1, cursor }, 'list')).toThrow('The request is not valid.');
    },
  );
});

describe('reading a page', () => {
  const of = (rows: readonly { readonly id: string }[]) => {
    const asked: number[] = [];
    const read = async ({ limit, after }: { readonly limit: number; readonly after?: string }) => {
      asked.push(limit);
      const start = rows.findIndex(({ id }) => id === after) + 1;
      return rows.slice(start, start + limit);
    };
    return { asked, read };
  };

  it.each([
    [100, false],
    [101, true],
    [1, false],
    [0, false],
    [34, false],
  ])('reads all of %i small rows up to its limit: more %s', async (count, hasMore) => {
    const rows = Array.from({ length: count }, () => row(10));
    const { rows: page, nextCursor } = await readPage({ limit: 100 }, 'list', of(rows).read);
    expect([page, nextCursor !== null]).toEqual([rows.slice(0, 100), hasMore]);
    if (hasMore) expect(after(nextCursor)).toBe(rows[99]?.id);
  });

  it('ends when large rows fill it, without reading the others', async () => {
    const rows = Array.from({ length: 200 }, () => row(8_000));
    const { asked, read } = of(rows);
    const page = await readPage({ limit: 100 }, 'list', read);
    expect(page.rows).toEqual(rows.slice(0, 32));
    expect(asked).toEqual([34]);
    const next = await readPage({ limit: 100, after: after(page.nextCursor) }, 'list', read);
    expect(next.rows).toEqual(rows.slice(32, 64));
  });

  it('counts the bytes of all its portions', async () => {
    const rows = Array.from({ length: 200 }, () => row(5_000));
    const { asked, read } = of(rows);
    const page = await readPage({ limit: 100 }, 'list', read);
    expect(page).toEqual(pageOf(rows, true, 'list'));
    expect(asked).toEqual([34, 34]);
  });

  it('has one row at least, however large', async () => {
    const rows = [row(maxPageBytes * 2), row(10)];
    const page = await readPage({ limit: 100 }, 'list', of(rows).read);
    expect([page.rows.length, after(page.nextCursor)]).toEqual([1, rows[0]?.id]);
  });
});
