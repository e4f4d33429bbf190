import { rawRequest } from '../harness/raw-request.js';
import { newPerson, ownerOfLargeKeys } from '../harness/tenants.js';

const listing = '/api/v1/api-keys?limit=100';
/** Unread answers take a while to fill the memory. */
const secondsToFill = 2;

/** Each connection sends its requests in one piece and never reads an answer. */
function unread(connections, count, textOf) {
  return async (attacker, site, state) => {
    await attacker.each(connections, (socket) => {
      socket.write(textOf(site, state).repeat(count));
      attacker.note(`${count.toLocaleString('en')} sent, nothing read`);
    });
  };
}

const document = (path) => () => rawRequest('GET', path);

export const slowReaders = [
  {
    name: 'one connection, 1,500 × /docs-yaml, unread',
    connections: 1,
    run: unread(1, 1_500, document('/docs-yaml')),
  },
  {
    name: 'three connections, 1,500 × /docs-json, unread',
    connections: 3,
    run: unread(3, 1_500, document('/docs-json')),
  },
  {
    name: 'one connection, 1,500 × the script of Swagger UI, unread',
    connections: 1,
    run: unread(1, 1_500, document('/docs/swagger-ui-bundle.js')),
  },
  {
    name: 'two connections, 500 × a page of 100 large keys, unread',
    connections: 2,
    databases: ['sqlite', 'postgres'],
    prepare: ownerOfLargeKeys,
    run: unread(2, 500, (_site, { key }) => rawRequest('GET', listing, key)),
  },
  {
    name: '50 connections, each with a large page half read',
    connections: 50,
    prepare: ownerOfLargeKeys,
    run: (attacker, _site, { key }) =>
      attacker.each(50, (socket) => {
        socket.write(rawRequest('GET', listing, key).repeat(20));
        socket.once('data', () => {
          socket.pause();
          attacker.note('half a page read');
        });
        socket.resume();
      }),
  },
  {
    name: 'export of the audit trail on 50 connections, unread',
    connections: 50,
    run: unread(50, 4, ({ admin }) => rawRequest('GET', '/api/v1/admin/audit-events?format=ndjson', admin)),
  },
  {
    name: 'one connection, 300 × a body of 60 kB, unread',
    connections: 1,
    prepare: newPerson,
    run: unread(1, 300, (_site, { headers }) => {
      const body = JSON.stringify({ name: 'x'.repeat(60_000) });
      const how = { ...headers, 'content-type': 'application/json', 'content-length': body.length };
      return rawRequest('POST', '/api/v1/api-keys', how, body);
    }),
  },
  {
    name: 'one connection, requests without end, unread',
    connections: 1,
    run: (attacker) => endless(attacker, 1),
  },
  {
    name: '50 connections, requests without end, unread',
    connections: 50,
    run: (attacker) => endless(attacker, 50),
  },
].map((attack) => ({ ...attack, leastSeconds: secondsToFill }));

/** Sends as much as the connection takes, and always more. */
function endless(attacker, connections) {
  const piece = rawRequest('GET', '/api/v1/auth/status').repeat(500);
  return attacker.each(connections, (socket) => {
    const fill = () => {
      do attacker.note('500 sent, nothing read');
      while (!attacker.isOver && socket.writable && socket.write(piece));
    };
    socket.on('drain', fill);
    fill();
  });
}
