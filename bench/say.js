/** Progress goes to stderr, so that stdout holds nothing but the tables. */
export function say(text) {
  process.stderr.write(`${process.uptime().toFixed(0).padStart(4)} s  ${text}\n`);
}
