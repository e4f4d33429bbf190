let people = 0;

/** A person who was never here before: name and headers. */
export function newPerson(site) {
  people += 1;
  const email = `tenant-${people}@example.com`;
  return { email, headers: site.person(email) };
}

/** As many keys as a page holds, each with as much metadata as it may have; and a key that may list them. */
export async function ownerOfLargeKeys(site) {
  const { headers } = newPerson(site);
  const make = (name, more) => site.ask('POST', '/api/v1/api-keys', headers, { name, ...more });
  const metadata = { note: 'x'.repeat(8_000) };
  for (let made = 0; made < 100; made += 5)
    await Promise.all(Array.from({ length: 5 }, () => make('large', { metadata })));
  const { key } = await make('lister', { scopes: ['api-keys:read'] });
  return { headers, key: { 'x-api-key': key } };
}
