import { median } from './numbers.js';

/** The medians over the rounds. */
export function summaryOf(rows, inProcess, databaseCalls) {
  const byName = Object.fromEntries(rows.map((row) => [row.name, row]));
  return {
    rows: rows.map((row) => ({ ...summaryOfRow(row), databaseCalls: databaseCalls[row.name] })),
    newJwt: costOfNewJwt(byName, inProcess),
  };
}

function summaryOfRow({ name, title, aim, slices, latencies }) {
  const middle = (read) => median(slices.map(read));
  return {
    name,
    title,
    aim,
    rate: middle(({ rate }) => rate),
    cpu: middle(({ cpu }) => cpu),
    p50: latencies.percentile(50) / 1000,
    p99: latencies.percentile(99) / 1000,
    shareOfRate: middle(({ rate, bare }) => rate / bare.rate),
    shareOfCpu: middle(({ cpu, bare }) => bare.cpu / cpu),
  };
}

/** Microseconds of processor time for one new JWT: ours, `jsonwebtoken`'s, and how many times as much ours is. */
function costOfNewJwt({ coldJwt, handWritten }, inProcess) {
  const aboveBare = (row) => row.slices.map(({ cpu, bare }) => cpu - bare.cpu);
  return {
    inProcess: comparison(
      inProcess.map(({ gatehouse }) => gatehouse),
      inProcess.map(({ jsonwebtoken }) => jsonwebtoken),
    ),
    overHttp: comparison(aboveBare(coldJwt), aboveBare(handWritten)),
  };
}

function comparison(gatehouse, jsonwebtoken) {
  const ratio = median(gatehouse.map((cost, round) => cost / jsonwebtoken[round]));
  return { gatehouse: median(gatehouse), jsonwebtoken: median(jsonwebtoken), ratio };
}
