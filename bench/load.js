import autocannon from 'autocannon';

const connections = 50;

/**
 * Sends as many requests as the server answers in so many seconds, and records the latencies in microseconds. Rejects
 * unless every answer has the expected status.
 */
export async function load({ url, status, requestsFor }, seconds, latencies) {
  const requests = requestsFor(seconds);
  const start = performance.now();
  const run = autocannon({ url, requests, connections, duration: seconds, sampleInt: 100 });
  run.on('response', (_client, _status, _bytes, milliseconds) => {
    latencies?.record(Math.max(1, Math.round(milliseconds * 1000)));
  });
  const { errors, timeouts, statusCodeStats } = await run;
  const elapsed = (performance.now() - start) / 1000;
  const { [status]: expected = { count: 0 }, ...others } = statusCodeStats;
  if (expected.count === 0 || errors > 0 || timeouts > 0 || Object.keys(others).length > 0) {
    const seen = JSON.stringify({ statusCodeStats, errors, timeouts });
    throw new Error(`${url} was to answer ${status} to every request, but: ${seen}`);
  }
  return { requests: expected.count, seconds: elapsed };
}
