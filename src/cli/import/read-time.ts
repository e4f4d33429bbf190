import { BadLine } from './bad-line.js';

const written =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)\s?(Z|[+-]\d{2}(?::?\d{2})?)?)?$/;

/** Later than this many seconds a number counts as milliseconds: it is the year 5138. */
const mostSeconds = 1e11;

/** ISO 8601, as PostgreSQL and SQLite write it too, or a Unix time in seconds or milliseconds. Without a zone it is UTC. */
export function readTime(value: unknown, field: string): Date | null {
  if (value === null) return null;
  const time = typeof value === 'number' ? fromUnix(value) : fromText(String(value).trim());
  // From 2000 on: what lies before it comes from a unit that was mistaken.
  if (!(time >= 946_684_800_000 && time < 253_402_300_800_000)) throw new BadLine(`${field} is no time`);
  return new Date(time);
}

function fromText(text: string): number {
  if (/^\d{9,16}(\.\d+)?$/.test(text)) return fromUnix(Number(text));
  const [whole, day, time = '00:00', zone = 'Z'] = written.exec(text) ?? [];
  if (whole === undefined) return NaN;
  const offset = /^[+-]\d{2}$/.test(zone) ? `${zone}:00` : zone.replace(/^([+-]\d{2})(\d{2})$/, '$1:$2');
  const parsed = Date.parse(`${day}T${time.replace(/(\.\d{3})\d+$/, '$1')}${offset}`);
  // Date.parse takes 31 February for 3 March.
  const isReal = new Date(`${day}T00:00:00Z`).toISOString().startsWith(day ?? '');
  return isReal ? parsed : NaN;
}

function fromUnix(number: number): number {
  return Math.trunc(number < mostSeconds ? number * 1000 : number);
}
