import { exchangeCode, wordsFor } from './login-exchange.js';
import { hrefOf } from './router.js';
import { signIn } from './session.js';

/** How people sign in at an issuer; without endpoints while that is not available. `null`: not set up. */
export interface Login {
  readonly issuer: string;
  readonly clientId: string;
  readonly scope: string;
  readonly resource?: string;
  readonly authorizationEndpoint?: string;
  readonly tokenEndpoint?: string;
  readonly hasIssuerInAnswers?: boolean;
}

/** What this tab keeps while the person is at the issuer, and no longer. */
interface Started {
  readonly issuer: string;
  readonly clientId: string;
  readonly state: string;
  readonly verifier: string;
  /** The place below the console that the person wanted to see. */
  readonly to: string;
  readonly at: number;
}

interface Answer {
  readonly parameters: URLSearchParams;
  readonly started: Started | undefined;
}

const storageKey = 'gatehouse.login';
const validMs = 60 * 60_000;
const redirectPath = '/signed-in';
let answer: Answer | undefined;

export async function loadLogin(signal?: AbortSignal): Promise<Login | null> {
  const response = await fetch(hrefOf('/login.json'), { signal, credentials: 'omit', cache: 'no-store' });
  if (!response.ok) throw new Error(`The service answered ${response.status}.`);
  return (await response.json()) as Login | null;
}

export function hostOf({ issuer }: Pick<Login, 'issuer'>): string {
  return new URL(issuer).host;
}

/** Leaves for the issuer (RFC 7636 §4.3); `to` is where the person comes back to. */
export async function startLogin({ authorizationEndpoint, ...login }: Login, to: string): Promise<void> {
  if (!window.isSecureContext)
    throw new Error(`Sign-in with ${hostOf(login)} needs https, or http to localhost.`);
  if (authorizationEndpoint === undefined) throw unavailable(login);
  const { issuer, clientId, scope, resource } = login;
  const [state, verifier] = [randomText(), randomText()];
  const challenge = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier));
  const started: Started = { issuer, clientId, state, verifier, to, at: Date.now() };
  const url = new URL(authorizationEndpoint);
  const parameters = {
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri(),
    scope,
    state,
    code_challenge: base64url(new Uint8Array(challenge)),
    code_challenge_method: 'S256',
    // `audience` is what Auth0 calls a resource.
    ...(resource === undefined ? {} : { resource, audience: resource }),
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  sessionStorage.setItem(storageKey, JSON.stringify(started));
  window.location.assign(url);
}

/** Removes what was kept, and returns it. Where browsers are set to deny storage, nothing was. */
export function takeStarted(): Started | undefined {
  try {
    const kept = sessionStorage.getItem(storageKey);
    sessionStorage.removeItem(storageKey);
    return kept === null ? undefined : (JSON.parse(kept) as Started);
  } catch {
    return undefined;
  }
}

/**
 * Takes the answer of the issuer out of the URL and what was kept for it out of the storage of the tab. Called before
 * anything else, whatever page was opened.
 */
export function receiveAnswer(): void {
  const started = takeStarted();
  if (window.location.href.split(/[?#]/, 1)[0] !== hrefOf(redirectPath)) return;
  const parameters = new URLSearchParams(window.location.search);
  answer = { parameters, started };
  window.history.replaceState(null, '', hrefOf(placeFor(started, parameters)));
}

/** Only what this tab started leads anywhere, and never out of the console. */
function placeFor(started: Started | undefined, parameters: URLSearchParams): string {
  if (started === undefined || only(parameters, 'state') !== started.state) return '/';
  const { origin, pathname } = new URL(hrefOf(started.to));
  const isBelow = (origin + pathname).startsWith(hrefOf('/'));
  return isBelow && origin + pathname !== hrefOf(redirectPath) ? started.to : '/';
}

/** The answer of the issuer, once. */
export function takeAnswer(): Answer | undefined {
  const taken = answer;
  answer = undefined;
  return taken;
}

/** Signs in with the answer of the issuer. Rejects with an `Error` that says in plain words what is wrong. */
export async function finishLogin({ parameters, started }: Answer): Promise<void> {
  if (started === undefined || only(parameters, 'state') !== started.state)
    throw new Error('This sign-in was not started in this tab, or was used before. Start again.');
  if (Date.now() - started.at > validMs) throw new Error('This sign-in took too long. Start again.');
  // RFC 9207 §2.4: by another issuer, the code would be for another.
  const issuer = only(parameters, 'iss');
  if (parameters.has('iss') && issuer !== started.issuer)
    throw new Error(`The answer is not that of ${hostOf(started)}. Nothing was sent to it.`);
  if (parameters.has('error')) throw new Error(wordsFor(only(parameters, 'error'), hostOf(started)));
  const login = await loadLogin();
  const isSame = login?.issuer === started.issuer && login.clientId === started.clientId;
  if (!isSame || login.tokenEndpoint === undefined) throw unavailable(started);
  if (login.hasIssuerInAnswers && issuer === undefined)
    throw new Error(`The answer does not name ${hostOf(started)} as its issuer. Nothing was sent to it.`);
  const code = only(parameters, 'code');
  if (code === undefined) throw new Error(`${hostOf(started)} answered without a code. Start again.`);
  await signIn(
    await exchangeCode({
      tokenEndpoint: login.tokenEndpoint,
      host: hostOf(started),
      parameters: {
        code,
        client_id: started.clientId,
        redirect_uri: redirectUri(),
        code_verifier: started.verifier,
        ...(login.resource === undefined ? {} : { resource: login.resource }),
      },
    }),
  );
}

function unavailable(login: Pick<Login, 'issuer'>): Error {
  return new Error(`Sign-in with ${hostOf(login)} is not available at the moment. Try again soon.`);
}

function redirectUri(): string {
  return hrefOf(redirectPath);
}

/** A parameter that must not be repeated (RFC 6749 §3.1). */
function only(parameters: URLSearchParams, name: string): string | undefined {
  const values = parameters.getAll(name);
  return values.length === 1 ? values[0] : undefined;
}

function randomText(): string {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '');
}
