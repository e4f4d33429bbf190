/** Progress goes to stderr, so that stdout holds nothing but the tables. */
export function say(text) {
  process.stderr.write(`${text}\n`);
}
