import { rowsOfBetterAuth } from './better-auth.js';
import { comparisons } from './comparisons.js';
import { rowsInHosts, rowsWithoutUs } from './hosts.js';
import { rowsOfService } from './service.js';
import { unseen } from './tokens.js';

/**
 * All rows, by table. `request` says what is sent to a `subject` that is ready; `plain` is the row that it is compared with,
 * and `least` the share of that which is the aim.
 */
export function rowsByTable({ newToken }) {
  const bounded = () => newToken({ client_id: 'cli', scope: 'notes:read' });
  const tokens = {
    token: newToken(),
    bounded: bounded(),
    unseen: unseen(newToken),
    unseenBounded: unseen(bounded),
  };
  return {
    withoutUs: rowsWithoutUs(tokens),
    hosts: rowsInHosts(tokens),
    service: rowsOfService,
    betterAuth: rowsOfBetterAuth,
  };
}

/** The rows whose name contains this text, and those that they are compared with. */
export function select(tables, only) {
  const rows = Object.values(tables).flat();
  const isNamed = (name) => name.toLowerCase().includes(only.toLowerCase());
  const pairs = comparisons.filter(({ name, of }) => isNamed(name) || isNamed(of));
  const names = new Set(pairs.flatMap(({ name, of }) => [name, of]));
  for (const { name, plain } of rows) if (isNamed(name) || names.has(name)) names.add(name).add(plain);
  const selected = (some) => some.filter(({ name }) => names.has(name));
  return Object.fromEntries(Object.entries(tables).map(([title, some]) => [title, selected(some)]));
}
