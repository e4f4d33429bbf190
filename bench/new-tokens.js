/** More than any machine verifies; to run out of tokens is an error. */
const mostPerSecond = 20_000;

/** Requests as autocannon takes them, each with a token that was never sent before. */
export function newTokens(newToken, seconds) {
  const tokens = Array.from({ length: seconds * mostPerSecond }, newToken);
  const setupRequest = (request) => {
    const token = tokens.pop();
    if (token === undefined) throw new Error(`More than ${mostPerSecond} new tokens a second were asked for`);
    return { ...request, headers: { authorization: `Bearer ${token}` } };
  };
  return [{ setupRequest }];
}
