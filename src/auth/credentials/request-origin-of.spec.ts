import { describe, expect, it } from '@jest/globals';
import { KeyMint } from '../../key-store/key-mint.js';
import { requestOriginOf } from './request-origin-of.js';

const { key } = new KeyMint().mintApiKey('live');
const idFor = (id: unknown) => requestOriginOf({ headers: {}, id }).requestId;

describe('the id of a request', () => {
  it.each([
    ['7b0e0d4e-1f2a-4c3b-8d5e-6f708192a3b4', '7b0e0d4e-1f2a-4c3b-8d5e-6f708192a3b4'],
    ['req-1', 'req-1'],
    [42, '42'],
    ['a\r\nX-Injected: 1', 'a__X-Injected:_1'],
    ['请求-7', '__-7'],
    ['\ud800x', '_x'],
    ['x'.repeat(1_000_000), 'x'.repeat(64)],
    [`abc ${key} def`, `abc_${key.slice(0, 8)}[redacted]_def`],
    [`${'-'.repeat(60)}${key}`, `${'-'.repeat(60)}mk_l`],
  ])('%# is that of the framework, if it is safe to store and send back', (id, expected) => {
    expect(idFor(id)).toBe(expected);
  });

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['an empty text', ''],
    ['a list', ['a', 'b']],
    ['an object', { toString: () => key }],
    ['one that cannot be written', Object.create(null)],
    ['a function', () => 'x'],
    ['a symbol', Symbol('x')],
  ])('is generated for %s, the same each time', (_what, id) => {
    const request = { headers: {}, id };
    const { requestId } = requestOriginOf(request);
    expect(requestId).toMatch(/^[\da-f-]{36}$/);
    expect(requestOriginOf(request).requestId).toBe(requestId);
    expect(request.id).toBe(id ?? requestId);
  });
});
