import { expect, it } from '@jest/globals';
import { CredentialReader } from './credential-reader.js';
import type { HttpRequest } from '../../http/http-request.js';

const reader = new CredentialReader({ toolKey: ['x-tool-key', 'x-alias'], apiKey: ['x-api-key'] });
const read = (headers: HttpRequest['headers'], rawHeaders: string[] = []) =>
  reader.read({ headers, rawHeaders });

it('finds nothing in a request without credentials', () => {
  expect(read({})).toEqual([]);
  expect(read({ authorization: 'Digest x' })).toEqual([]);
  expect(read({ authorization: '' })).toEqual([]);
});

it('lists credentials in the order in which they are tried', () => {
  const headers = { 'x-api-key': 'k', 'x-tool-key': 't', authorization: 'Bearer a.b.c' };
  expect(read(headers).map(({ kind }) => kind)).toEqual(['tool_key', 'api_key', 'jwt']);
  expect(read({ 'x-api-key': 'k', authorization: 'Bearer tk_1' }).map(({ kind }) => kind)).toEqual([
    'tool_key',
    'api_key',
  ]);
});

it('leaves values unchanged', () => {
  expect(read({ 'x-api-key': ' K\t' })).toEqual([{ kind: 'api_key', value: ' K\t' }]);
  expect(read({ authorization: 'Bearer AbC ' })).toEqual([{ kind: 'api_key', value: 'AbC ' }]);
});

it('treats an empty header as a bad credential', () => {
  expect(read({ 'x-api-key': '' })).toEqual([{ kind: 'api_key', value: '' }]);
  expect(read({ authorization: 'bearer' })).toEqual([{ kind: 'jwt', value: '' }]);
});

it('returns no value for a header that was sent twice', () => {
  expect(read({ 'x-tool-key': 'a', 'x-alias': 'a' })).toEqual([{ kind: 'tool_key', value: null }]);
  expect(read({ 'x-api-key': ['a', 'a'] as unknown as string })).toEqual([{ kind: 'api_key', value: null }]);
  const raw = ['Host', 'x', 'AUTHORIZATION', 'Bearer a.b.c', 'authorization', 'Basic x'];
  expect(read({ authorization: 'Bearer a.b.c' }, raw)).toEqual([{ kind: 'jwt', value: null }]);
  expect(reader.read({ headers: { authorization: 'Bearer a.b.c' }, raw: { rawHeaders: raw } })).toEqual([
    { kind: 'jwt', value: null },
  ]);
});

it('finds a key in Basic if enabled, and marks it as sent by browsers automatically', () => {
  const authorization = `Basic ${Buffer.from('ada:KEY').toString('base64')}`;
  expect(read({ authorization })).toEqual([]);
  const taking = new CredentialReader({ toolKey: [], apiKey: [] }, [], true);
  expect(taking.read({ headers: { authorization } })).toEqual([
    { kind: 'api_key', value: 'KEY', isAmbient: true },
  ]);
});

it('does not confuse the value of a header with its name', () => {
  const raw = ['Authorization', 'Bearer a.b.c', 'X-Note', 'authorization'];
  expect(read({ authorization: 'Bearer a.b.c' }, raw)).toEqual([{ kind: 'jwt', value: 'a.b.c' }]);
});
