/** Version, trace, parent and flags. Later versions may have more behind them (W3C Trace Context §4.3). */
const format = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?=-|$)/;

/** The `traceparent` of a request as it may be stored, 55 characters; `undefined` for a missing or malformed one (§3.2.2). */
export function traceparentOf(header: unknown): string | undefined {
  if (typeof header !== 'string') return undefined;
  const kept = format.exec(header)?.[0];
  return kept?.startsWith('00') === true && kept.length !== header.length ? undefined : kept;
}
