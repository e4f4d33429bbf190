import { rowsOfBetterAuth } from './better-auth.js';
import { plain, rowsOfHosts } from './hosts.js';
import { rowsOfService } from './service.js';

/**
 * All rows. `request` says what is sent to a `subject` that is ready, `least` is the aim as a share of plain Nest on the
 * `plain` platform, and `beside` names another row with an aim of its own.
 */
export function allRows(issuer) {
  return [
    ...rowsOfHosts('fastify', issuer).map(placed('on Fastify')),
    ...rowsOfHosts('express', issuer).map(placed('on Express')),
    ...rowsOfService.map(placed('the service', 'on Fastify')),
    ...rowsOfBetterAuth.map(placed('better-auth', 'on Fastify')),
  ];
}

/** The rows whose name contains this text, and those that they are compared with. */
export function select(rows, only) {
  const named = rows.filter(({ name }) => name.toLowerCase().includes(only.toLowerCase()));
  const names = new Set(named.flatMap(({ name, plain, beside }) => [name, plain, beside?.name]));
  return rows.filter(({ name }) => names.has(name));
}

function placed(table, platform = table) {
  return ({ title, beside, ...row }) => ({
    ...row,
    table,
    title,
    name: `${table}: ${title}`,
    plain: `${platform}: ${plain}`,
    beside: beside && { ...beside, name: `${beside.table ?? table}: ${beside.title}` },
  });
}
