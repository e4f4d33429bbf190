import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { obtainCredentials } from './credentials.js';
import { subjectCore } from './pin.js';
import { startService } from './start-service.js';

/** What `npm start` runs, on a database of its own; `ready` holds its URL and credentials for it. */
export async function startMeasuredService(folder) {
  const dataDir = await mkdtemp(join(folder, 'service-'));
  // Bad credentials are counted as ever, but never so many that the answer becomes 429.
  const service = await startService(dataDir, { AUTH_FAILURES_PER_MINUTE: '1000000' }, subjectCore);
  const { url } = service;
  return { ...service, ready: { url, ...(await obtainCredentials(url, dataDir)) } };
}

/** Rejects unless the limited key was counted at each request, by its limit and in its usage alike. */
export async function checkCounts({ url, token, limited }) {
  const answer = await fetch(`${url}/api/v1/auth/me`, { headers: { 'x-api-key': limited.key } });
  const remaining = Number(/r=(\d+)/.exec(answer.headers.get('ratelimit'))?.[1]);
  const usage = await fetch(`${url}/api/v1/api-keys/${limited.id}/usage`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const { VALID: used } = (await usage.json()).total;
  const counted = limited.limit - remaining;
  if (counted !== used || !(used > 0))
    throw new Error(`The limit of the limited key counted ${counted} requests, its usage ${used}`);
}
