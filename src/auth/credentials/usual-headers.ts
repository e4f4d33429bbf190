/** The headers in an application that names none. */
export const usualHeaders = {
  apiKey: ['X-API-Key', 'X-Makima-API-Key'],
  toolKey: ['X-Tool-Key', 'X-Makima-Tool-Key'],
  owner: 'X-Owner-Id',
} as const;
