/** Progress goes to stderr, so that stdout holds nothing but the table. */
export function say(text) {
  process.stderr.write(`${text}\n`);
}
