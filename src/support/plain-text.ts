/** Halves of surrogate pairs are all the same one character once encoded. */
const unfit = /[\p{Cc}\p{Cs}]/u;

/** True for text without control characters and halves of characters: safe in a log line, a terminal and a PostgreSQL text column. */
export function isPlainText(text: string): boolean {
  return !unfit.test(text);
}
