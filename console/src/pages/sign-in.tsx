import { useEffect, useState } from 'preact/hooks';
import { Problem } from '../ui/basics.js';
import { Logo } from '../ui/logo.js';
import { useLoad } from '../load.js';
import { finishLogin, hostOf, loadLogin, type Login, startLogin, takeAnswer, takeStarted } from '../login.js';
import type { Place } from '../router.js';
import { lastFarewell, signIn } from '../session.js';

/**
 * A person goes to the issuer, or a key or a token is pasted. The credential is asked who it is, and kept in memory until
 * the page is closed or idle.
 */
export function SignIn({ place }: { readonly place: Place }) {
  const [secret, setSecret] = useState('');
  const [error, setError] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  const { data: login = null } = useLoad('login', loadLogin, recheckMs);
  const attempt = async (work: () => Promise<void>) => {
    setBusy(true);
    setError(undefined);
    try {
      await work();
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };
  useEffect(() => {
    document.title = 'Sign in · Gatehouse';
    const answer = takeAnswer();
    if (answer !== undefined) void attempt(() => finishLogin(answer));
    // Going back from the issuer may show this page as it was left.
    const onShow = ({ persisted }: PageTransitionEvent) => {
      if (!persisted) return;
      takeStarted();
      setBusy(false);
    };
    window.addEventListener('pageshow', onShow);
    return () => window.removeEventListener('pageshow', onShow);
  }, []);
  const submit = (event: Event) => {
    event.preventDefault();
    void attempt(() => signIn(secret.trim()));
  };
  const farewell = lastFarewell();
  return (
    <main class="sign-in">
      <form onSubmit={submit}>
        <div class="brand">
          <Logo />
          <span>Gatehouse</span>
        </div>
        <h1>Sign in</h1>
        {farewell !== undefined && error === undefined && <p class="muted">{farewell}</p>}
        <Problem error={error} />
        {login !== null && (
          <AtIssuer
            login={login}
            isBusy={isBusy}
            start={() => void attempt(() => startLogin(login, placeText(place)))}
          />
        )}
        <label class="field">
          <span>API key or token</span>
          <input
            class="input mono"
            type="password"
            autocomplete="off"
            spellcheck={false}
            placeholder="mk_live_… or eyJ…"
            value={secret}
            onInput={(event) => setSecret(event.currentTarget.value)}
            // The one thing to do here.
            autofocus
            required
          />
        </label>
        <button class={login === null ? 'btn primary' : 'btn'} disabled={isBusy}>
          Sign in
        </button>
        <p class="small muted">
          It stays in the memory of this page. A reload, or 15 minutes without activity, ends the session. The
          first admin key is in <code>data/admin-key</code>.
        </p>
      </form>
    </main>
  );
}

function AtIssuer({
  login,
  isBusy,
  start,
}: {
  readonly login: Login;
  readonly isBusy: boolean;
  start(): void;
}) {
  const host = hostOf(login);
  const isAvailable = login.authorizationEndpoint !== undefined;
  return (
    <>
      <button type="button" class="btn primary" disabled={isBusy || !isAvailable} onClick={start}>
        Sign in with {host}
      </button>
      {!isAvailable && (
        <p class="small muted" role="status">
          Sign-in with {host} is not available at the moment. A key or a token works.
        </p>
      )}
      <p class="or faint">or</p>
    </>
  );
}

/** Sooner while it is not available. */
function recheckMs(login: Login | null): number {
  return login !== null && login.authorizationEndpoint === undefined ? 5_000 : 60_000;
}

function placeText({ path, query }: Place): string {
  const text = query.toString();
  return text === '' ? path : `${path}?${text}`;
}
