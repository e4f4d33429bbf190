import { expect, it } from '@jest/globals';
import { traceparentOf } from './traceparent.js';

const trace = '0af7651916cd43dd8448eb211c80319c';
const good = `00-${trace}-b7ad6b7169203331-01`;

it('keeps a traceparent, and of a later version the part that is known', () => {
  expect(traceparentOf(good)).toBe(good);
  expect(traceparentOf(`01${good.slice(2)}-more`)).toBe(`01${good.slice(2)}`);
});

it.each([
  [undefined],
  [[good, good]],
  [''],
  [good.toUpperCase()],
  [`ff${good.slice(2)}`],
  [`00-${'0'.repeat(32)}-b7ad6b7169203331-01`],
  [`00-${trace}-${'0'.repeat(16)}-01`],
  [`${good}-more`],
  [`01${good.slice(2)}more`],
  [`${good}\n`],
  [` ${good}`],
  [`${good}, ${good}`],
])('ignores %j', (header) => {
  expect(traceparentOf(header)).toBeUndefined();
});
