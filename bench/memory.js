import { load } from './load.js';
import { newTokens } from './new-tokens.js';
import { startService } from './start-service.js';

const seconds = 4;

/** Mebibytes resident after a load with one API key and then one with a new JWT each time. */
export async function measureMemory(dataDir, { apiKey, newToken }) {
  const service = await startService(dataDir);
  const row = { url: `${service.url}/api/v1/auth/me`, status: 200 };
  await load({ ...row, requestsFor: () => [{ headers: { 'x-api-key': apiKey } }] }, seconds);
  await load({ ...row, requestsFor: () => newTokens(newToken, seconds) }, seconds);
  const bytes = await service.ask('residentBytes');
  await service.stop();
  return bytes / 1024 / 1024;
}
