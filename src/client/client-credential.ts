/** The text of a credential, or what gives it for each request: for a token that is renewed from time to time. */
export type Secret = string | (() => string | Promise<string>);

/** What requests are made with: exactly one of the three. */
export type ClientCredential =
  | { readonly apiKey: Secret; readonly toolKey?: never; readonly token?: never }
  | { readonly toolKey: Secret; readonly apiKey?: never; readonly token?: never }
  | { readonly token: Secret; readonly apiKey?: never; readonly toolKey?: never };

type Header = readonly [name: string, value: string];

const headerOf = {
  apiKey: (secret: string): Header => ['X-API-Key', secret],
  toolKey: (secret: string): Header => ['X-Tool-Key', secret],
  token: (secret: string): Header => ['Authorization', `Bearer ${secret}`],
};

/**
 * Gives the header of each request. Throws a `TypeError` when it is not exactly one credential, or one that no header can
 * carry, such as an empty one or one that was read with its line break. No error repeats it.
 */
export function credentialHeader(credential: ClientCredential): () => Promise<Header> {
  const kinds = (Object.keys(headerOf) as (keyof typeof headerOf)[]).filter((kind) => kind in credential);
  const [kind] = kinds;
  if (kind === undefined || kinds.length > 1)
    throw new TypeError('The credential is to be one of { apiKey }, { toolKey } and { token }.');
  const secret: unknown = credential[kind];
  if (typeof secret !== 'function') requireSendable(kind, secret);
  return async () => {
    const text: unknown = typeof secret === 'function' ? await secret() : secret;
    requireSendable(kind, text);
    return headerOf[kind](text);
  };
}

function requireSendable(kind: string, secret: unknown): asserts secret is string {
  if (typeof secret === 'string' && /^[\x21-\x7e]+$/.test(secret)) return;
  throw new TypeError(
    `${kind} is to be a text of visible ASCII characters: nothing empty, and no space or line break, also at its end.`,
  );
}
