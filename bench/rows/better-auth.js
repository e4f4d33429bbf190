import { plainNest } from './hosts.js';

const writeAheadLog = ['journal_mode = WAL'];

/** How better-auth is set up. Only the first keeps what it writes as safely as Gatehouse does, so only it has the aim. */
export const setUps = {
  equal: {
    title: 'limit on, SQLite as Gatehouse has it (WAL, `synchronous=FULL`)',
    pragmas: [...writeAheadLog, 'synchronous = FULL'],
    limited: true,
    leastRatio: 12,
  },
  relaxed: {
    title: 'limit on, WAL and `synchronous=NORMAL`: a power cut may lose the latest',
    pragmas: [...writeAheadLog, 'synchronous = NORMAL'],
    limited: true,
  },
  unlimited: {
    title: 'limit off, WAL and `synchronous=NORMAL`',
    pragmas: [...writeAheadLog, 'synchronous = NORMAL'],
    limited: false,
  },
  inMemory: {
    title: 'limit on, keys and counts in the memory of the process alone (secondary storage)',
    pragmas: writeAheadLog,
    inMemory: true,
    limited: true,
  },
};
export const rowOf = ({ title }) => `better-auth: ${title}`;

export const rowsOfBetterAuth = Object.entries(setUps).map(([id, setUp]) => ({
  name: rowOf(setUp),
  subject: `better-auth.js ${id}`,
  plain: plainNest('Fastify'),
  request: ({ url, key }) => ({ url, headers: { 'x-api-key': key } }),
}));
