const control = /\p{Cc}/u;

/** True for text without control characters: safe in a log line, a terminal and a PostgreSQL text column. */
export function isPlainText(text: string): boolean {
  return !control.test(text);
}
