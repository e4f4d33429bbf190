import { endureIssuer } from '../harness/endure-issuer.js';
import { memoryOf } from '../harness/tools.js';

export const name = 'JWKS endpoint 100 MB';
const mostMebibytes = 64;

/** Its answer is 100 MiB long, of which no more than the first is to be taken in. */
export function run() {
  let before;
  let peak = 0;
  let timer;
  return endureIssuer({
    name,
    mode: 'huge',
    begin: ({ site: { replicas } }) => {
      before = memoryOf(replicas[0].pid);
      timer = setInterval(() => (peak = Math.max(peak, memoryOf(replicas[0].pid))), 100);
    },
    after: ({ watch }) => {
      clearInterval(timer);
      watch.require(peak - before < mostMebibytes, `memory grew by ${Math.round(peak - before)} MiB`);
    },
    notes: ({ issuer: { fetches, bytesSent } }) =>
      `memory ${Math.round(before)} MiB, at most ${Math.round(peak)}; ${fetches} fetches took ${Math.round(bytesSent / 2 ** 20)} MiB`,
  });
}
