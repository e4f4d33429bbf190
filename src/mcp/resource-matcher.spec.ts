import { expect, it } from '@jest/globals';
import { ResourceMatcher } from './resource-matcher.js';

const matcher = new ResourceMatcher([
  'notes://all',
  'notes://{id}',
  'notes://{owner}/drafts/{id}',
  'files://secret',
  'urn:notes:all',
  'notes://a.b',
  'https://example.com/b',
  'notes://ας',
]);

it.each<[string, string[]]>([
  ['notes://all', ['notes://all', 'notes://{id}']],
  // What a server may make of it.
  ['NOTES://ALL/?x=1', ['notes://all', 'notes://{id}']],
  ['notes://%61ll', ['notes://all', 'notes://{id}']],
  ['other://all', ['notes://all', 'notes://{id}']],
  ['notes://secret', ['notes://{id}', 'files://secret']],
  ['a://secret://b', ['notes://{id}', 'files://secret']],
  ['notes://ada/drafts/1', ['notes://{id}', 'notes://{owner}/drafts/{id}']],
  ['notes://ada/x/../drafts/1', ['notes://{id}', 'notes://{owner}/drafts/{id}']],
  ['https://example.com/a/../b', ['notes://{id}', 'https://example.com/b']],
  ['https://example.com:443/%2E/\tb', ['notes://{id}', 'https://example.com/b']],
  ['notes://ΑΣ', ['notes://{id}', 'notes://ας']],
  ['urn:notes:all', ['notes://{id}', 'urn:notes:all']],
  ['notes://a-b', ['notes://{id}']],
])('%s may be taken for %j', (uri, expected) => {
  expect(matcher.matches(uri)).toEqual(expect.arrayContaining(expected));
  expect(expected).toEqual(
    expect.arrayContaining(matcher.matches(uri).filter((one) => one !== 'notes://{id}')),
  );
});

it('takes nothing for what no pattern fits', () => {
  expect(new ResourceMatcher(['notes://all', 'notes://one/{id}']).matches('notes://none')).toEqual([]);
  expect(new ResourceMatcher([]).matches('notes://all')).toEqual([]);
  expect(new ResourceMatcher(['notes://all']).matches('notes://%')).toEqual([]);
});

it('compares a long URI with many expressions within a moment', () => {
  const slow = new ResourceMatcher(['a://{a}{b}{c}{d}x']);
  const before = performance.now();
  expect(slow.matches(`a://${'y'.repeat(1_000_000)}`)).toEqual([]);
  expect(performance.now() - before).toBeLessThan(1_000);
});
