import { randomUUID } from 'node:crypto';
import { newPerson, ownerOfLargeKeys } from '../harness/tenants.js';

const path = '/api/v1/api-keys';
const both = ['sqlite', 'postgres'];
const flood = (requestOf) => (attacker, site, state) =>
  attacker.flood(50, (index) => requestOf(state, index, site));

/** A person, and a key of it that may do what is named. */
async function holderOf(site, ...scopes) {
  const person = newPerson(site);
  const made = await site.ask('POST', path, person.headers, { name: 'mine', scopes });
  return { ...person, id: made.id, key: { 'x-api-key': made.key } };
}

export const tenants = [
  {
    name: 'a tenant makes keys until it may make no more',
    connections: 50,
    databases: both,
    prepare: newPerson,
    run: flood(({ headers }) => ({ method: 'POST', path, headers, body: { name: 'another' } })),
  },
  {
    name: 'a tenant lists its large keys',
    connections: 50,
    databases: both,
    prepare: ownerOfLargeKeys,
    run: flood(({ key }) => ({ path: `${path}?limit=100`, headers: key })),
  },
  {
    name: 'a tenant asks for usage by the hour and for events',
    connections: 50,
    prepare: (site) => holderOf(site, 'api-keys:read'),
    run: flood(({ id, key }, index) => ({
      path: index % 2 ? `${path}/${id}/events?limit=100` : `${path}/${id}/usage?bucket=hour`,
      headers: key,
    })),
  },
  {
    name: 'a tenant has garbage verified',
    connections: 50,
    prepare: (site) => holderOf(site, 'api-keys:verify'),
    run: flood(({ key }, index) => ({
      method: 'POST',
      path: `${path}/verify`,
      headers: key,
      body: { key: index % 2 ? randomUUID().repeat(14) : 'x', ip: '203.0.113.9' },
    })),
  },
  {
    name: 'a tenant exchanges its key for tokens',
    connections: 50,
    prepare: (site) => holderOf(site, 'files:read'),
    run: flood(({ key }) => ({
      method: 'POST',
      path: '/api/v1/auth/token',
      headers: key,
      body: { audience: 'billing' },
    })),
  },
  {
    name: 'a tenant has its key explained',
    connections: 50,
    prepare: (site) => holderOf(site, 'api-keys:read'),
    run: flood(({ id, key }) => ({
      method: 'POST',
      path: '/api/v1/auth/explain',
      headers: key,
      body: { keyId: id, method: 'GET', path: '/api/v1/auth/me' },
    })),
  },
  {
    name: 'people who log in for the first time',
    connections: 50,
    databases: both,
    prepare: (site) => Array.from({ length: 2_000 }, () => newPerson(site).headers),
    run: flood((people, index) => ({ headers: people[index % people.length] })),
  },
];
