import { atLeast, atMost, notMeasured, passIf, table } from '../markdown.js';
import { requestsOfAnHour } from './soak.js';

const head = ['two replicas on PostgreSQL', '', 'aim', ''];

export function tableOfReplicas({ lack, revocations, departures, throughput, soak, redis }) {
  if (lack !== undefined) return table(head, [notMeasured('everything', lack, head.length)]);
  const { lags, waits, receipts, accepted, incomplete } = revocations;
  const lag = (share) => percentile(lags, share);
  return table(head, [
    ['revocation lag, p50', ms(lag(0.5)), '', ''],
    ['revocation lag, p99', ms(lag(0.99)), ...atMost(lag(0.99), 50, ' ms')],
    [`revocation lag, worst of ${lags.length}`, ms(lag(1)), ...atMost(lag(1), 500, ' ms')],
    ['accepted after a receipt', `${accepted} of ${receipts * 10}`, '0', passIf(accepted === 0)],
    ['receipts without all replicas', `${incomplete} of ${receipts}`, '0', passIf(incomplete === 0)],
    [
      'wait for a receipt, p50 and p99',
      `${ms(percentile(waits, 0.5))}, ${ms(percentile(waits, 0.99))}`,
      '',
      '',
    ],
    ...rowsOfDepartures(departures),
    ...rowsOfRedis(redis),
    ['throughput of two, as a share of one', throughput.toFixed(2), '', ''],
    ...rowsOfSoak(soak),
  ]);
}

function rowsOfDepartures({ times, lags }) {
  const time = (share) => percentile(times, share);
  return [
    ['all 1,000 keys of a user end, p50', ms(time(0.5)), ...atMost(time(0.5), 200, ' ms')],
    [`all 1,000 keys of a user end, worst of ${times.length}`, ms(time(1)), '', ''],
    ['lag of these keys, p99', ms(percentile(lags, 0.99)), ...atMost(percentile(lags, 0.99), 50, ' ms')],
  ];
}

function rowsOfRedis({ lack, overshoot, share }) {
  if (lack !== undefined) return [notMeasured('limits in Redis', lack, head.length)];
  return [
    ['limit of 10,000 over both, accepted above it', `${overshoot}`, '0', passIf(overshoot === 0)],
    ['verification with a limit in Redis, of one in the process', share.toFixed(2), ...atLeast(share, 0.5)],
  ];
}

function rowsOfSoak({ memory, requests, turnover, seconds }) {
  const settled = memory.slice(2);
  const growth = Math.max(...settled.slice(-3)) / Math.max(...settled.slice(0, 3));
  return [
    [`requests in ${seconds} s`, `${requests}`, ...atLeast(requests, requestsOfAnHour)],
    ['keys that came and went meanwhile', `${turnover}`, '', ''],
    ['memory, the last third against the first', growth.toFixed(2), ...atMost(growth, 1.1)],
    ['memory, at its end', `${memory.at(-1).toFixed(0)} MiB`, '', ''],
  ];
}

function percentile(numbers, share) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

function ms(value) {
  return `${value.toFixed(1)} ms`;
}
