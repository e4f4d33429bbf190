/** The smallest UUIDv7 of a moment, in epoch milliseconds: ids before it were made before that (RFC 9562 §5.7). */
export function firstIdOf(moment: number): string {
  const time = Math.max(0, Math.floor(moment)).toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-000000000000`;
}
