const writeAheadLog = 'journal_mode = WAL';

/** Keeps what it writes as safely as Gatehouse does. */
export const withSameSafety = 'limited, SQLite as Gatehouse has it';

/** How better-auth is set up. */
export const setUps = {
  safe: { title: withSameSafety, pragmas: [writeAheadLog, 'synchronous = FULL'], limited: true },
  unlimited: {
    title: 'unlimited, `synchronous=NORMAL`',
    pragmas: [writeAheadLog, 'synchronous = NORMAL'],
    limited: false,
  },
  inMemory: {
    title: 'limited, all in memory',
    pragmas: [writeAheadLog],
    inMemory: true,
    limited: true,
  },
};

export const rowsOfBetterAuth = Object.entries(setUps).map(([id, { title }]) => ({
  title,
  subject: `better-auth.js ${id}`,
  request: ({ url, key }) => ({ url, headers: { 'x-api-key': key } }),
}));
