const writeAheadLog = 'journal_mode = WAL';

/** Keeps what it writes as safely as Gatehouse does. */
export const withSameSafety = 'limit on, SQLite as Gatehouse has it';

/** How better-auth is set up. */
export const setUps = {
  safe: { title: withSameSafety, pragmas: [writeAheadLog, 'synchronous = FULL'], limited: true },
  unlimited: {
    title: 'limit off, `synchronous=NORMAL`: a power cut may lose the latest',
    pragmas: [writeAheadLog, 'synchronous = NORMAL'],
    limited: false,
  },
  inMemory: {
    title: 'limit on, all in the memory of the process',
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
