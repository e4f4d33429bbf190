const mostMebibytes = 300;
const mostMs = { one: 250, many: 1_000 };

const mostSlowdown = 4;

/**
 * The aims that a row has missed, in words. Two things are no fault of the service, and are granted within bounds: what good
 * requests took before the attack, and that other processes of the machine had the processor (`slowdown`).
 */
export function missedAims({ connections, before, during, peak, slowdown, isAlive, tally }) {
  const aim = connections === 1 ? mostMs.one : mostMs.many;
  const most = aim * Math.min(slowdown, mostSlowdown) + Math.min(before.p99, aim);
  const missed = [];
  if (!isAlive) missed.push('the service did not survive');
  if (!(during.p99 <= most))
    missed.push(`good p99 ${Math.round(during.p99)} ms, at most ${Math.round(most)}`);
  if (!(peak <= mostMebibytes)) missed.push(`${Math.round(peak)} MiB, at most ${mostMebibytes}`);
  for (const { refused } of [before, during])
    for (const [what, times] of Object.entries(refused))
      missed.push(`good requests refused: ${what}, ${times} times`);
  for (const [what, times] of tally)
    if (/^5(?!03)\d\d$|without Retry-After/.test(what))
      missed.push(`answered the attacker ${what}, ${times} times`);
  if (tally.size === 0) missed.push('the attack did nothing');
  return missed;
}
