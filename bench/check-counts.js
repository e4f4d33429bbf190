/** Rejects unless the limited key was counted at each request, by its limit and in its usage alike. */
export async function checkCounts(serviceUrl, { token, limited }) {
  const answer = await fetch(`${serviceUrl}/bench/guarded`, { headers: { 'x-api-key': limited.key } });
  const remaining = Number(/r=(\d+)/.exec(answer.headers.get('ratelimit'))?.[1]);
  const usage = await fetch(`${serviceUrl}/api/v1/api-keys/${limited.id}/usage`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const { VALID: used } = (await usage.json()).total;
  const counted = limited.limit - remaining;
  if (counted !== used || !(used > 10_000))
    throw new Error(`The limit of the limited key counted ${counted} requests, its usage ${used}`);
}
