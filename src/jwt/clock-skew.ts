/** The difference between the clock of another server and the clock of this process. */
export interface ClockSkew {
  /** By how much the other clock is fast; negative if it is slow. */
  readonly seconds: number;
  /** The true value is at most so far from `seconds`: half of the round trip, and that of the second which `Date` counts in. */
  readonly plusMinus: number;
}

/**
 * The skew by the `Date` of an answer, and its `Age` where a cache answered (RFC 9111 §5.1). `sentAt` and `receivedAt` are
 * epoch milliseconds. `null` without a date.
 */
export function clockSkewOf(headers: Headers, sentAt: number, receivedAt: number): ClockSkew | null {
  const text = headers.get('date') ?? '';
  const date = Date.parse(text);
  // As every server must send it (RFC 9110 §5.6.7); `Date.parse` reads more.
  if (Number.isNaN(date) || new Date(date).toUTCString() !== text) return null;
  const age = /^\d{1,9}$/.exec(headers.get('age') ?? '')?.[0] ?? '0';
  const theirs = date + halfSecond + Number(age) * 1000;
  const plusMinus = halfSecond + Math.abs(receivedAt - sentAt) / 2;
  return { seconds: inSeconds(theirs - (sentAt + receivedAt) / 2), plusMinus: inSeconds(plusMinus) };
}

const halfSecond = 500;

function inSeconds(milliseconds: number): number {
  return Math.round(milliseconds / 100) / 10;
}
