const mostMebibytes = 300;
const mostMs = { one: 250, many: 1_000 };

const mostSlowdown = 4;

/** What a machine that others share may take of time and memory, as a share of the aims. */
const lenience = { ms: 3, mebibytes: 1.2 };

/**
 * The aims that a row has missed, in words. Two things are no fault of the service, and are granted within bounds: what good
 * requests took before the attack, and that other processes of the machine had the processor (`slowdown`). `isLenient`
 * grants more, so that only a fault of the service makes a run red.
 */
export function missedAims(row, isLenient = false) {
  const { connections, before, during, peak, slowdown, isAlive, counts } = row;
  const share = isLenient ? lenience : { ms: 1, mebibytes: 1 };
  const aim = connections === 1 ? mostMs.one : mostMs.many;
  const most = share.ms * (aim * Math.min(slowdown, mostSlowdown) + Math.min(before.p99, aim));
  const mostMemory = mostMebibytes * share.mebibytes;
  const missed = [];
  if (!isAlive) missed.push('the service did not survive');
  if (!(during.p99 <= most))
    missed.push(`good p99 ${Math.round(during.p99)} ms, at most ${Math.round(most)}`);
  if (!(peak <= mostMemory)) missed.push(`${Math.round(peak)} MiB, at most ${mostMemory}`);
  for (const { rejected } of [before, during])
    for (const [what, times] of Object.entries(rejected))
      missed.push(`good requests rejected: ${what}, ${times} times`);
  for (const [what, times] of counts)
    if (/^5(?!03)\d\d$|without Retry-After/.test(what))
      missed.push(`answered the attacker ${what}, ${times} times`);
  if (counts.size === 0) missed.push('the attack did nothing');
  return missed;
}
