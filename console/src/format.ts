const whole = new Intl.NumberFormat('en');
const oneDecimal = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });

/** 41,208; from a million on in words: 9.1 M. */
export function count(n: number): string {
  if (n < 1e6) return whole.format(n);
  if (n < 1e9) return `${oneDecimal.format(n / 1e6)} M`;
  return `${oneDecimal.format(n / 1e9)} G`;
}

export function percent(part: number, of: number): string {
  return of === 0 ? '0 %' : `${oneDecimal.format((100 * part) / of)} %`;
}

const units = [
  [86_400, 'day'],
  [3_600, 'h'],
  [60, 'min'],
  [1, 's'],
] as const;

/** The largest whole unit: 3 days, 5 h, 2 min. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const [size, name] = units.find(([unit]) => seconds >= unit) ?? units[3];
  const n = Math.floor(seconds / size);
  return `${whole.format(n)} ${name}${name === 'day' && n !== 1 ? 's' : ''}`;
}

export function relative(time: string, now = Date.now()): string {
  const ms = Date.parse(time) - now;
  if (Math.abs(ms) < 10_000) return 'just now';
  return ms < 0 ? `${duration(-ms)} ago` : `in ${duration(ms)}`;
}

const localTime = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

export function absolute(time: string): string {
  return localTime.format(new Date(time));
}

/** For the pointer: local time, and UTC beneath it. */
export function hover(time: string): string {
  return `${absolute(time)}\n${new Date(time).toISOString()}`;
}

/** 2 keys, 1 key. */
export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

export interface Outcomes {
  readonly allowed: number;
  readonly limited: number;
  readonly rejected: number;
}

/** The three outcomes that people look at, of the codes that are counted. */
export function outcomesOf(counts: Readonly<Record<string, number>>): Outcomes {
  const sum = { allowed: 0, limited: 0, rejected: 0 };
  for (const [code, n] of Object.entries(counts)) sum[kindOf(code)] += n;
  return sum;
}

function kindOf(code: string): keyof Outcomes {
  if (code === 'VALID') return 'allowed';
  return code === 'RATE_LIMITED' || code === 'BUDGET_EXCEEDED' ? 'limited' : 'rejected';
}

export function totalOf({ allowed, limited, rejected }: Outcomes): number {
  return allowed + limited + rejected;
}

/** The end of an id, which tells it apart: its beginning is the time at which it was made. */
export function shortId(id: string): string {
  return id.length <= 12 ? id : `…${id.slice(-8)}`;
}

const mostSkewSeconds = 5;

/** Whether two clocks differ by more than a few seconds, whatever the round trip took. */
export function isSkewed(skew: { readonly seconds: number; readonly plusMinus: number } | null): boolean {
  return skew !== null && Math.abs(skew.seconds) - skew.plusMinus > mostSkewSeconds;
}
