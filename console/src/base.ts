import type { GatehouseClient } from '../../src/client/index.js';

// A proxy that decodes this path takes it for another, and the files beside it may be uploads to another application. This script
// is that of the console, as the page has its hash; those that it would load need not be.
if (/%(?:2e|2f|5c)|;/i.test(window.location.pathname)) {
  document.body.textContent = 'The console cannot be opened at this address, which has encoded characters.';
  throw new Error('The path of the page is ambiguous.');
}

// A name of its own, or Vite looks for a file of this name. Every script is one folder below the console.
const here = import.meta.url;

/** Where the console is, whatever a proxy or the application has put before it; ends with a slash. */
export const consoleUrl = new URL('..', here);

/** Where the API is, without a slash at its end, such as `https://example.com/api/v1`: as the page says, or beside the console. */
export const apiUrl = new URL(document.documentElement.dataset.api ?? '../api/v1', consoleUrl);

/** Lets the client ask for the routes of the API where they are; it knows them as `/api/v1/…`. */
export function atApiUrl(client: GatehouseClient): GatehouseClient {
  const calls = client as unknown as Record<string, (path: string, ...rest: unknown[]) => unknown>;
  for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
    const call = calls[method];
    if (call === undefined) continue;
    calls[method] = (path, ...rest) => call(apiUrl.pathname + path.slice('/api/v1'.length), ...rest);
  }
  return client;
}
