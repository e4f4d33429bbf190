import { Agent } from 'node:http';
import { ask, isGood } from '../../faults/harness/ask.js';
import { percentile } from '../../faults/harness/percentile.js';

// A process of its own: what the attacker does to its own event loop must not count as the service being slow.
// Told `{ supplies }` it begins; told `{ phase }` it counts under that name; told `{ stop: true }` it reports and ends.

/** What takes longer counts as rejected. */
const patienceMs = 8_000;
const kept = new Agent({ keepAlive: true });
const anew = new Agent({ keepAlive: false });
const phases = new Map();
const pending = new Set();
let phase;
let timers = [];

process.on('message', (message) => {
  if (message.supplies) begin(message.supplies);
  if (message.phase) phases.set((phase = message.phase), { times: [], rejected: new Map() });
  if (message.stop) void end();
});
process.on('disconnect', () => process.exit());

function begin({ url, cachedKey, token, newTokens, newcomers, freshKeys, ownKeyId, address }) {
  const every = (milliseconds, agent, requestOf) => {
    const send = () => {
      const { headers, ...request } = requestOf();
      const all = { 'x-forwarded-for': address, ...headers };
      const answer = ask({ url, agent }, { ...request, headers: all, patienceMs }).then(note(phase, headers));
      pending.add(answer);
      void answer.finally(() => pending.delete(answer));
    };
    timers.push(setInterval(send, milliseconds));
  };
  const next = (supply, what) => {
    if (supply.length === 0) throw new Error(`The good client has run out of ${what}`);
    return supply.shift();
  };
  const bearer = (text) => ({ headers: { authorization: `Bearer ${text}` } });
  let beats = 0;
  every(33, kept, () => ({ headers: { 'x-api-key': cachedKey } }));
  every(100, anew, () => bearer(token));
  every(200, kept, () => ({ headers: { 'x-api-key': next(freshKeys, 'keys') } }));
  every(500, kept, () => bearer(next(newTokens, 'tokens')));
  every(1_000, kept, () => bearer(next(newcomers, 'people')));
  every(1_000, kept, () => ({
    method: 'PATCH',
    path: `/api/v1/api-keys/${ownKeyId}`,
    body: { metadata: { beat: (beats += 1) } },
    ...bearer(token),
  }));
  process.send('ready');
}

/** Counts an answer for the phase in which its request was sent. */
function note(phaseOfRequest, headers) {
  return (answer) => {
    const counts = phases.get(phaseOfRequest);
    if (counts === undefined) return;
    counts.times.push(answer.ms);
    if (isGood(answer)) return;
    const what = `${Object.keys(headers)[0]}: ${answer.error ?? `${answer.status} ${answer.body?.code}`}`;
    counts.rejected.set(what, (counts.rejected.get(what) ?? 0) + 1);
  };
}

async function end() {
  timers.forEach(clearInterval);
  timers = [];
  await Promise.all(pending);
  const report = {};
  for (const [name, { times, rejected }] of phases)
    report[name] = {
      count: times.length,
      p50: percentile(times, 0.5),
      p99: percentile(times, 0.99),
      rejected: Object.fromEntries(rejected),
    };
  process.send(report, () => process.disconnect());
}
