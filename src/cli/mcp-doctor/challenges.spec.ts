import { expect, it } from '@jest/globals';
import { readChallenges } from './challenges.js';

const plain = (header: string) =>
  readChallenges(header)?.map(({ scheme, parameters, repeated }) => [
    scheme,
    Object.fromEntries(parameters),
    repeated,
  ]);

it.each<[string, unknown]>([
  ['Bearer', [['bearer', {}, []]]],
  ['Bearer realm="a"', [['bearer', { realm: 'a' }, []]]],
  ['bearer  Realm = a', [['bearer', { realm: 'a' }, []]]],
  [
    'Bearer error="invalid_token", resource_metadata="https://a/b?c=d,e", scope="x:y z"',
    [['bearer', { error: 'invalid_token', resource_metadata: 'https://a/b?c=d,e', scope: 'x:y z' }, []]],
  ],
  [
    String.raw`Bearer error_description="a \"b\" \\ c"`,
    [['bearer', { error_description: String.raw`a "b" \ c` }, []]],
  ],
  [
    'Basic realm="a", Bearer realm="b", scope="c"',
    [
      ['basic', { realm: 'a' }, []],
      ['bearer', { realm: 'b', scope: 'c' }, []],
    ],
  ],
  [
    'Negotiate, Bearer realm="b"',
    [
      ['negotiate', {}, []],
      ['bearer', { realm: 'b' }, []],
    ],
  ],
  [
    'Negotiate abc==, Bearer scope=c',
    [
      ['negotiate', {}, []],
      ['bearer', { scope: 'c' }, []],
    ],
  ],
  ['Bearer scope="a", scope="b"', [['bearer', { scope: 'a' }, ['scope']]]],
  ['', []],
])('reads %s', (header, challenges) => {
  expect(plain(header)).toEqual(challenges);
});

it.each(['realm="a"', 'Bearer realm="a', 'Bearer realm="a" scope="b"', '"a"', 'Bearer =a', 'Bearer a=b=c"'])(
  'cannot read %s',
  (header) => {
    expect(readChallenges(header)).toBeUndefined();
  },
);

it('takes no time for a long header that cannot be read', () => {
  const started = performance.now();
  for (const header of [
    'Bearer ' + 'a'.repeat(1e6),
    `Bearer a="${'\\'.repeat(1e6)}`,
    'Bearer ' + 'a=b,'.repeat(1e5),
    ' ,'.repeat(1e6),
  ])
    readChallenges(header);
  expect(performance.now() - started).toBeLessThan(1_000);
});
