import { expect, it } from '@jest/globals';
import { userToken } from './start.js';

it.each([
  ['./data', 'npm run -s token -- --email ada@example.com'],
  ['/var/lib/gatehouse', 'DATA_DIR=/var/lib/gatehouse npm run -s token -- --email ada@example.com'],
  ['other', `DATA_DIR=${process.cwd()}/other npm run -s token -- --email ada@example.com`],
  [`/it's here`, String.raw`DATA_DIR='/it'\''s here' npm run -s token -- --email ada@example.com`],
])('says how to print a token of the key pair in %s', (dataDir, expected) => {
  expect(userToken({ builtinIssuer: true, dataDir, issuers: [] })).toBe(expected);
});
