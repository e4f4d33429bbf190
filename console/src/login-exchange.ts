interface CodeExchange {
  readonly tokenEndpoint: string;
  /** Of the issuer, for messages. */
  readonly host: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/**
 * Exchanges a code for an access token (RFC 6749 §4.1.3, RFC 7636 §4.5). Rejects with an `Error` that says in plain words
 * what is wrong.
 */
export async function exchangeCode({ tokenEndpoint, host, parameters }: CodeExchange): Promise<string> {
  const response = await fetch(tokenEndpoint, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'authorization_code', ...parameters }),
    headers: { accept: 'application/json' },
    credentials: 'omit',
    referrerPolicy: 'no-referrer',
    redirect: 'error',
    cache: 'no-store',
    signal: AbortSignal.timeout(15_000),
  }).catch(() => {
    throw new Error(
      `The token endpoint of ${host} did not answer this page. Does it allow requests from ${window.location.origin} (CORS)?`,
    );
  });
  const answered = (await response.json().catch(() => ({}))) as Record<string, unknown> | null;
  const { access_token: token, token_type: type, error } = answered ?? {};
  if (!response.ok) throw new Error(wordsFor(typeof error === 'string' ? error : undefined, host));
  if (typeof token !== 'string' || String(type).toLowerCase() !== 'bearer')
    throw new Error(`${host} answered without a bearer token.`);
  if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token))
    throw new Error(`The access token of ${host} is not a JWT. An operator can set CONSOLE_RESOURCE.`);
  return token;
}

const words: Readonly<Record<string, string>> = {
  access_denied: 'The sign-in was cancelled or denied at',
  invalid_grant: 'The code has expired or was used before. Start again at',
  temporarily_unavailable: 'Sign-in is not available at the moment at',
  server_error: 'Something went wrong at',
};

/** An error of the issuer in words. Its description is not shown: the author of a link could have written it. */
export function wordsFor(error: string | undefined, host: string): string {
  const known = error !== undefined && Object.hasOwn(words, error) ? words[error] : undefined;
  if (known !== undefined) return `${known} ${host}.`;
  return `${host} rejected the sign-in${/^[\w.-]{1,60}$/.test(error ?? '') ? ` (${error})` : ''}.`;
}
