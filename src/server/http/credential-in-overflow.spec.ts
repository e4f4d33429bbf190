import { expect, it } from '@jest/globals';
import { credentialInOverflow } from './credential-in-overflow.js';

const packet = (...lines: string[]) => Buffer.from(['GET / HTTP/1.1', ...lines].join('\r\n'));

it.each<[string, Buffer | undefined, string | undefined]>([
  ['an API key', packet('Host: x', `X-API-KEY: ${'a'.repeat(20_000)}`), 'INVALID_API_KEY'],
  ['a bearer', packet('Host: x', `Authorization: Bearer ${'a'.repeat(20_000)}`), 'INVALID_TOKEN'],
  ['a tool key', packet(`X-Tool-Key: ${'a'.repeat(20_000)}`), 'INVALID_TOOL_KEY'],
  ['a cookie behind an API key', packet('X-API-Key: a', `Cookie: ${'a'.repeat(20_000)}`), undefined],
  ['no header at all', Buffer.from('a'.repeat(20_000)), undefined],
  ['nothing', undefined, undefined],
])('of %s', (_what, bytes, code) => expect(credentialInOverflow(bytes)).toBe(code));
