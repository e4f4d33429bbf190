import { expect, it } from '@jest/globals';
import type { IncomingAnswer } from '../http/bounded-request.js';
import { readChallenge } from './challenge.js';
import { fetchDocument } from './documents.js';
import { askWithoutCredential } from './endpoint.js';
import { readServers } from './server.js';
import { Visit } from './visit.js';

const answerOf = (status: number, headers: IncomingAnswer['headers'] = {}, address = '8.8.8.8') => ({
  status,
  headers,
  body: '{}',
  isTooLong: false,
  address,
});

/** A visit that is answered so, by URL; everything else does not exist. */
function visitOf(given: string, answers: Readonly<Record<string, IncomingAnswer>> = {}): Visit {
  const sending = ({ href }: URL) => Promise.resolve(answers[href] ?? answerOf(404));
  return new Visit(new URL(given), given, { allowsPrivate: false, sending });
}

const codesOf = ({ findings }: Visit) => findings.map(({ code }) => code);

it.each([
  ['http://8.8.8.8/mcp', '8.8.8.8', ['NOT_HTTPS', 'ASKS_FOR_A_CREDENTIAL']],
  ['http://127.0.0.1/mcp', '127.0.0.1', ['NOT_PUBLIC', 'ASKS_FOR_A_CREDENTIAL']],
  ['https://10.0.0.1/mcp', '10.0.0.1', ['NOT_PUBLIC', 'ASKS_FOR_A_CREDENTIAL']],
  ['https://8.8.8.8/mcp?a=b', '8.8.8.8', ['HAS_QUERY', 'ASKS_FOR_A_CREDENTIAL']],
  ['https://[2606:4700::1111]/mcp', '2606:4700::1111', ['ONLY_IPV6', 'ASKS_FOR_A_CREDENTIAL']],
  ['https://8.8.8.8/mcp', '8.8.8.8', ['ASKS_FOR_A_CREDENTIAL']],
])('judges the URL %s', async (given, address, codes) => {
  const visit = visitOf(given, { [given]: answerOf(401, {}, address) });
  await askWithoutCredential(visit);
  expect(codesOf(visit)).toEqual(codes);
});

it('warns of a proxy that the server does not know', () => {
  const visit = visitOf('https://8.8.8.8/mcp');
  const header = 'Bearer resource_metadata="http://8.8.8.8/.well-known/oauth-protected-resource", scope="a"';
  readChallenge(visit, answerOf(401, { 'www-authenticate': header }));
  expect(codesOf(visit)).toContain('METADATA_NOT_HTTPS');
});

it('judges an authorization server without TLS', async () => {
  const visit = visitOf('https://8.8.8.8/mcp');
  await readServers(visit, [
    'http://login.example.com',
    'https://login.example.com',
    'http://localhost:3000',
  ]);
  expect(codesOf(visit).filter((code) => code === 'ISSUER_NOT_HTTPS')).toHaveLength(1);
});

it('follows a redirect to another host, and none that leaves TLS', async () => {
  const visit = visitOf('https://8.8.8.8/mcp', {
    'https://8.8.8.8/a': answerOf(301, { location: 'https://cdn.example.com/a' }),
    'https://cdn.example.com/a': answerOf(200, { 'content-type': 'application/json' }),
    'https://8.8.8.8/b': answerOf(301, { location: 'http://8.8.8.8/a' }),
  });
  const fetched = (path: string) => fetchDocument(visit, 'resource', new URL(`https://8.8.8.8/${path}`));
  expect((await fetched('a')).kind).toBe('document');
  expect(codesOf(visit)).toEqual(['METADATA_REDIRECTS']);
  expect(await fetched('b')).toMatchObject({
    kind: 'faulty',
    why: 'it redirects from https to http: http://8.8.8.8/a',
  });
});
