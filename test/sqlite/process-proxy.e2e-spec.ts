import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sendTo } from '../support/process-http.js';
import { createSite, type Site } from '../support/process-site.js';

const keys = '/api/v1/auth/api-keys';
let site: Site;

beforeAll(async () => {
  site = await createSite();
});
afterAll(() => site.remove());

/** The addresses in the trail of a person who made a key in a request that claims to be forwarded. */
async function addressesUnder(env: Record<string, string>, email: string): Promise<string[]> {
  const server = await site.start(env);
  const headers = site.bearer(email);
  const forwarded = { ...headers, 'x-forwarded-for': '198.51.100.9, 203.0.113.7' };
  await sendTo(server, 'POST', keys, { headers: forwarded });
  const { body } = await sendTo(server, 'GET', `${keys}/events`, { headers });
  await server.stop();
  return body.events.map(({ ip }: { ip: string }) => ip);
}

describe('X-Forwarded-For', () => {
  it('is ignored unless proxies are trusted', async () => {
    expect(await addressesUnder({}, 'ada@example.com')).toEqual(['127.0.0.1', '127.0.0.1']);
  });

  it.each([
    ['127.0.0.1', '203.0.113.7', 'up to the first, from the right, that is not a trusted proxy’s'],
    ['127.0.0.1, 203.0.113.0/24', '198.51.100.9', 'past all trusted proxies'],
    ['1', '203.0.113.7', 'for one hop'],
    ['10.0.0.1', '127.0.0.1', 'not at all when the peer is no trusted proxy'],
  ])('under TRUST_PROXY=%s makes the address %s: it is used %s', async (trusted, address) => {
    const email = `under-${trusted.length}@example.com`;
    expect(await addressesUnder({ TRUST_PROXY: trusted }, email)).toEqual([address, address]);
  });
});
