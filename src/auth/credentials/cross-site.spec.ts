import { describe, expect, it } from '@jest/globals';
import { Attempt } from '../decision/attempt.js';
import type { StepServices } from '../decision/run-steps.js';
import { rejectCrossSite } from '../decision/steps.js';
import { isWebOrigin } from './cross-site.js';

const services = { options: { allowedOrigins: ['https://app.example.com'] } } as unknown as StepServices;
const cookie = { kind: 'custom', value: 'x', isAmbient: true } as const;

const isRejected = (
  headers: Record<string, string>,
  { method = 'POST', host, ...credential }: { method?: string; host?: string; isAmbient?: boolean } = {},
) => {
  const attempt = new Attempt({ method, host, headers: { host: 'notes.example.com', ...headers } });
  attempt.credential = { ...cookie, ...credential };
  return rejectCrossSite(attempt, services) !== undefined;
};

describe('an unsafe request with a credential that browsers send automatically', () => {
  it.each<[string, Record<string, string>]>([
    ['a program, which says nothing', {}],
    ['a page of the application', { 'sec-fetch-site': 'same-origin', origin: 'https://notes.example.com' }],
    ['a browser without Sec-Fetch-Site', { origin: 'https://notes.example.com' }],
    ['a page whose proxy changes Host', { 'sec-fetch-site': 'same-origin', origin: 'https://n.example.com' }],
    ['the address bar', { 'sec-fetch-site': 'none' }],
    ['an allowed page', { 'sec-fetch-site': 'same-site', origin: 'https://app.example.com' }],
    ['an allowed page of an old browser', { origin: 'https://app.example.com' }],
    ['the default port', { host: 'notes.example.com:443', origin: 'https://notes.example.com' }],
    ['another port', { host: 'localhost:3000', origin: 'http://localhost:3000' }],
    ['a host in capitals', { host: 'Notes.Example.COM', origin: 'https://notes.example.com' }],
  ])('passes from %s', (_who, headers) => {
    expect(isRejected(headers)).toBe(false);
  });

  it.each<[string, Record<string, string>]>([
    ['another site', { 'sec-fetch-site': 'cross-site' }],
    [
      'another site that claims our origin',
      { 'sec-fetch-site': 'cross-site', origin: 'https://notes.example.com' },
    ],
    ['a neighbour', { 'sec-fetch-site': 'same-site', origin: 'https://evil.example.com' }],
    ['two sites', { 'sec-fetch-site': 'same-origin, cross-site' }],
    ['an unknown word', { 'sec-fetch-site': 'x' }],
    ['an empty one', { 'sec-fetch-site': '' }],
    ['a foreign origin', { origin: 'https://evil.example' }],
    ['an opaque origin', { origin: 'null' }],
    ['an empty origin', { origin: '' }],
    ['a longer host', { origin: 'https://notes.example.com.evil.example' }],
    ['a host behind a user name', { origin: 'https://notes.example.com@evil.example' }],
    ['another port', { origin: 'https://notes.example.com:8443' }],
    ['two origins', { origin: 'https://notes.example.com, https://evil.example' }],
    ['an extension', { origin: 'chrome-extension://notes.example.com' }],
    ['an origin with a path', { origin: 'https://notes.example.com/x' }],
  ])('is rejected from %s', (_who, headers) => {
    expect(isRejected(headers)).toBe(true);
  });

  it('is compared with the host that the framework trusts', () => {
    const headers = { host: 'backend:3000', origin: 'https://notes.example.com' };
    expect(isRejected(headers, { host: 'notes.example.com' })).toBe(false);
    expect(isRejected(headers, { host: 'backend:3000' })).toBe(true);
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND', 'post'])('has the method %s', (method) => {
    expect(isRejected({ 'sec-fetch-site': 'cross-site' }, { method })).toBe(true);
  });
});

it.each(['GET', 'HEAD', 'OPTIONS'])('a %s passes from anywhere', (method) => {
  expect(isRejected({ 'sec-fetch-site': 'cross-site' }, { method })).toBe(false);
});

it('accepts a credential that only programs send from any site', () => {
  expect(isRejected({ 'sec-fetch-site': 'cross-site' }, { isAmbient: false })).toBe(false);
});

it.each<[unknown, boolean]>([
  ['https://app.example.com', true],
  ['http://localhost:4200', true],
  ['https://app.example.com/', false],
  ['https://App.example.com', false],
  ['https://app.example.com:443', false],
  ['app.example.com', false],
  ['*', false],
  ['null', false],
  ['file://x', false],
  [undefined, false],
])('tells whether %j is a valid origin: %s', (origin, expected) => {
  expect(isWebOrigin(origin)).toBe(expected);
});
