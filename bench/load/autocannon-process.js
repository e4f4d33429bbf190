import autocannon from 'autocannon';
import { answerQuestions } from '../answer-questions.js';

answerQuestions({ load });
process.send('ready');

async function load({ request, seconds }) {
  const { url, connections, method = 'GET', headers = {}, body, values, once } = request;
  let at = -1;
  const fill = (text) => text?.replaceAll('{}', () => values[at]);
  const setupRequest = (sent) => {
    at = once ? at + 1 : (at + 1) % values.length;
    if (at >= values.length) return { ...sent, headers: {} };
    const entries = Object.entries(headers).map(([name, text]) => [name, fill(text)]);
    return { ...sent, headers: Object.fromEntries(entries), body: fill(body) };
  };
  const requests = [values === undefined ? { method, headers, body } : { method, setupRequest }];
  const start = performance.now();
  const { errors, timeouts, latency, statusCodeStats } = await autocannon({
    url,
    requests,
    connections,
    duration: seconds,
    sampleInt: 100,
  });
  const counts = Object.entries(statusCodeStats).map(([status, { count }]) => [Number(status), count]);
  const sum = (some) => some.reduce((total, [, count]) => total + count, 0);
  return {
    requests: sum(counts),
    seconds: (performance.now() - start) / 1000,
    p99: latency.p99,
    refused: sum(counts.filter(([status]) => status >= 400)),
    errors: errors + timeouts,
  };
}
