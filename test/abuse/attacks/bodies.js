import { randomBytes } from 'node:crypto';
import { rawRequest } from '../harness/raw-request.js';
import { newPerson } from '../harness/tenants.js';

const path = '/api/v1/api-keys';
const nested = (depth) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
const metadata = (text) => `{"name":"deep","metadata":{"a":${text}}}`;
const wide = `{${Array.from({ length: 6_000 }, (_, index) => `"f${index}":1`).join(',')}}`;

/** These texts as bodies of a person who may make keys. */
function bodiesOf(...texts) {
  return (attacker, _site, { headers }) =>
    attacker.flood(50, (index) => ({ method: 'POST', path, headers, text: texts[index % texts.length] }));
}

export const bodies = [
  {
    name: 'bodies that are deep: metadata of 6,000 levels, 64 kB of brackets',
    connections: 50,
    prepare: newPerson,
    run: bodiesOf(metadata(nested(100)), metadata(nested(6_000)), nested(32_000), '['.repeat(64_000)),
  },
  { name: 'bodies of 6,000 unknown fields', connections: 50, prepare: newPerson, run: bodiesOf(wide) },
  {
    name: 'bodies of anonymous clients: wide, garbage, too large',
    connections: 50,
    prepare: () => ({ headers: {} }),
    run: bodiesOf(wide, randomBytes(20_000).toString('base64'), 'x'.repeat(70_000)),
  },
  {
    name: 'bodies in chunks of one byte',
    connections: 50,
    prepare: newPerson,
    run: (attacker, _site, { headers }) => {
      const how = { ...headers, 'content-type': 'application/json', 'transfer-encoding': 'chunked' };
      const text = rawRequest('POST', path, how, `${'1\r\n \r\n'.repeat(10_000)}0\r\n\r\n`);
      return attacker.repeat(50, async () => attacker.note(await attacker.exchange(text)));
    },
  },
];
