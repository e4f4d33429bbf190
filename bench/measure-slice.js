import { load } from './load.js';

/** `rate` in requests a second, `cpu` in microseconds of the server's processor time for each request. */
export async function measureSlice(server, row, seconds) {
  const start = await server.ask('processorMicroseconds');
  const { requests, seconds: elapsed } = await load(row, seconds, row.latencies);
  const end = await server.ask('processorMicroseconds');
  return { rate: requests / elapsed, cpu: (end - start) / requests };
}
