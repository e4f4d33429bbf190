import { useEffect, useState } from 'preact/hooks';
import { Problem } from '../ui/basics.js';
import { Logo } from '../ui/logo.js';
import { lastFarewell, signIn } from '../session.js';

/** A key or a token is pasted, asked who it is, and kept in memory until the page is closed or idle. */
export function SignIn() {
  const [secret, setSecret] = useState('');
  const [error, setError] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  useEffect(() => {
    document.title = 'Sign in · Gatehouse';
  }, []);
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      await signIn(secret.trim());
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
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
        <button class="btn primary" disabled={isBusy}>
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
