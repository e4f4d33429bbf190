/** More than a core verifies; to run out of tokens is an error. */
const mostPerSecond = 15_000;

/** The part of a request that sends a new token each time, in the place of `{}`. */
export function unseen(newToken) {
  return {
    once: true,
    values: (seconds) => Array.from({ length: Math.ceil(seconds * mostPerSecond) }, () => newToken()),
  };
}
