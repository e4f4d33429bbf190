import { describe, expect, it } from '@jest/globals';
import { maxHeaderSize } from 'node:http';
import { codeOfOversizedHeader } from './malformed-requests.js';

const long = 'x'.repeat(maxHeaderSize + 1);
const codeFor = (...headers: string[]) =>
  codeOfOversizedHeader(Buffer.from(['GET / HTTP/1.1', ...headers].join('\r\n')));

describe('credentialInOverflow', () => {
  it.each([
    ['Authorization', 'INVALID_TOKEN'],
    ['X-API-Key', 'INVALID_API_KEY'],
    ['x-makima-api-key', 'INVALID_API_KEY'],
    ['X-Tool-Key', 'INVALID_TOOL_KEY'],
    ['X-MAKIMA-TOOL-KEY', 'INVALID_TOOL_KEY'],
  ])('blames an %s that is too long by itself', (name, code) => {
    expect(codeFor('Host: x', `${name}: ${long}`)).toBe(code);
  });

  it('blames it also when other headers follow', () => {
    expect(codeFor(`X-API-Key: ${long}`, 'Accept: */*', '', '')).toBe('INVALID_API_KEY');
  });

  it('does not blame a credential for the length of another header', () => {
    expect(codeFor(`Cookie: ${long}`, 'Authorization: Bearer short', '', '')).toBeUndefined();
    expect(codeFor('Authorization: Bearer short', `Cookie: ${long}`)).toBeUndefined();
  });

  it('reports nothing for a piece in which no header begins, or for none', () => {
    expect(codeOfOversizedHeader(Buffer.from(long))).toBeUndefined();
    expect(codeOfOversizedHeader(undefined)).toBeUndefined();
  });
});
