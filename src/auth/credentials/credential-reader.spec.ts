import { expect, it } from '@jest/globals';
import { CredentialReader } from './credential-reader.js';
import type { HttpRequest } from '../../http/http-request.js';

const reader = new CredentialReader({ toolKey: ['x-tool-key', 'x-alias'], apiKey: ['x-api-key'] });
const read = (headers: HttpRequest['headers'], rawHeaders: string[] = []) =>
  reader.read({ headers, rawHeaders });

it('finds nothing where nothing was sent', () => {
  expect(read({})).toEqual([]);
  expect(read({ authorization: 'Digest x' })).toEqual([]);
  expect(read({ authorization: '' })).toEqual([]);
});

it('lists what was sent in the order in which it is tried', () => {
  const headers = { 'x-api-key': 'k', 'x-tool-key': 't', authorization: 'Bearer a.b.c' };
  expect(read(headers).map(({ kind }) => kind)).toEqual(['tool_key', 'api_key', 'jwt']);
  expect(read({ 'x-api-key': 'k', authorization: 'Bearer tk_1' }).map(({ kind }) => kind)).toEqual([
    'tool_key',
    'api_key',
  ]);
});

it('changes nothing of a value', () => {
  expect(read({ 'x-api-key': ' K\t' })).toEqual([{ kind: 'api_key', value: ' K\t' }]);
  expect(read({ authorization: 'Bearer AbC ' })).toEqual([{ kind: 'api_key', value: 'AbC ' }]);
});

it('takes an empty header for a credential, a bad one', () => {
  expect(read({ 'x-api-key': '' })).toEqual([{ kind: 'api_key', value: '' }]);
  expect(read({ authorization: 'bearer' })).toEqual([{ kind: 'jwt', value: '' }]);
});

it('gives no value for what was sent twice', () => {
  expect(read({ 'x-tool-key': 'a', 'x-alias': 'a' })).toEqual([{ kind: 'tool_key', value: null }]);
  expect(read({ 'x-api-key': ['a', 'a'] as unknown as string })).toEqual([{ kind: 'api_key', value: null }]);
  const raw = ['Host', 'x', 'AUTHORIZATION', 'Bearer a.b.c', 'authorization', 'Basic x'];
  expect(read({ authorization: 'Bearer a.b.c' }, raw)).toEqual([{ kind: 'jwt', value: null }]);
  expect(reader.read({ headers: { authorization: 'Bearer a.b.c' }, raw: { rawHeaders: raw } })).toEqual([
    { kind: 'jwt', value: null },
  ]);
});

it('finds a key in Basic where that is on, and says that browsers send it by themselves', () => {
  const authorization = `Basic ${Buffer.from('ada:KEY').toString('base64')}`;
  expect(read({ authorization })).toEqual([]);
  const taking = new CredentialReader({ toolKey: [], apiKey: [] }, [], true);
  expect(taking.read({ headers: { authorization } })).toEqual([
    { kind: 'api_key', value: 'KEY', isAmbient: true },
  ]);
});

it('does not take the value of a header for its name', () => {
  const raw = ['Authorization', 'Bearer a.b.c', 'X-Note', 'authorization'];
  expect(read({ authorization: 'Bearer a.b.c' }, raw)).toEqual([{ kind: 'jwt', value: 'a.b.c' }]);
});
