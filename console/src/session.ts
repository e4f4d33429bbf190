import { useEffect, useState } from 'preact/hooks';
import { atApiUrl } from './base.js';
import {
  type components,
  createGatehouseClient,
  dataOf,
  type GatehouseClient,
} from '../../src/client/index.js';

export type Schemas = components['schemas'];

/** Who is signed in. The credential stays in the closure of the client: in memory, and nowhere else. */
export interface Session {
  readonly client: GatehouseClient;
  readonly me: Schemas['AuthenticatedUser'];
  readonly isAdmin: boolean;
  /** A person, by a token or a key that acts as them; otherwise a program's key. */
  readonly isPerson: boolean;
  readonly since: number;
}

const idleMs = 15 * 60_000;
const changed = new EventTarget();
let current: Session | undefined;
let lastActive = 0;
/** Why the last session ended, for the page where one signs in. */
let farewell: string | undefined;

/** Signs in with a key or a token. Rejects with a `GatehouseError`, or an `Error` for what cannot be used here. */
export async function signIn(secret: string): Promise<void> {
  const client = clientWith(secret);
  const me = await dataOf(client.GET('/api/v1/auth/me'));
  // Of a client that is neither first-party nor was granted a scope of this service.
  if (me.source.boundedUntil !== undefined && me.scopes.length === 0)
    throw new Error(
      `This token may do nothing here: client ${me.source.clientId ?? 'without an id'} is not first-party, and the token has no scope of this service.`,
    );
  const isPerson = me.userId !== null;
  farewell = undefined;
  lastActive = Date.now();
  set({ client, me, isAdmin: me.role === 'admin', isPerson, since: Date.now() });
}

function clientWith(secret: string): GatehouseClient {
  if (!/^[\x21-\x7e]+$/.test(secret))
    throw new Error('Paste one key or token, without spaces or line breaks.');
  if (secret.startsWith('tk_'))
    throw new Error('This is a tool key. The console is for people and API keys.');
  const isToken = /^[\w-]+\.[\w-]+\.[\w-]+$/.test(secret);
  const client = createGatehouseClient({
    baseUrl: window.location.origin,
    credential: isToken ? { token: secret } : { apiKey: secret },
    async fetch(request) {
      const answer = await fetch(request);
      if (answer.status === 401 && current !== undefined)
        signOut('Your credential is not accepted any more. Sign in again.');
      return answer;
    },
  });
  return atApiUrl(client);
}

export function signOut(reason?: string): void {
  farewell = reason;
  set(undefined);
}

export function lastFarewell(): string | undefined {
  return farewell;
}

function set(session: Session | undefined): void {
  current = session;
  changed.dispatchEvent(new Event('change'));
}

/** The session of the page, which ends after 15 minutes without a key press, click or touch. */
export function useSession(): Session | undefined {
  const [session, setSession] = useState(current);
  useEffect(() => {
    const update = () => setSession(current);
    changed.addEventListener('change', update);
    return () => changed.removeEventListener('change', update);
  }, []);
  useEffect(() => {
    if (session === undefined) return undefined;
    const note = () => (lastActive = Date.now());
    const check = () => {
      if (Date.now() - lastActive >= idleMs)
        signOut('You were signed out after 15 minutes without activity.');
    };
    const timer = setInterval(check, 5_000);
    const kinds = ['pointerdown', 'keydown', 'wheel', 'visibilitychange'] as const;
    // Checked before it is noted: a machine that slept comes back with one of these.
    const onActivity = () => (check(), note());
    for (const kind of kinds) document.addEventListener(kind, onActivity, { passive: true });
    return () => {
      clearInterval(timer);
      for (const kind of kinds) document.removeEventListener(kind, onActivity);
    };
  }, [session]);
  return session;
}
