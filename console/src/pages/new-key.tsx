import { useEffect, useState } from 'preact/hooks';
import type { PageProps } from '../app.js';
import { realmOf } from '../api/keys.js';
import { createKey, type Draft, emptyDraft, knownScopes, proposalOf } from '../api/new-key.js';
import { useLoad } from '../load.js';
import { go, useReasonToStay } from '../router.js';
import { Page, Problem } from '../ui/basics.js';
import { KeyCreated } from './new-key-done.js';
import { ScopePicker } from './scope-picker.js';
import { forgetSecret, hasSecret, keepSecret, keptSecret } from './secret.js';
import { Terms, Whose } from './new-key-terms.js';

const leaving = 'The key is shown this once. Leave without having copied it?';

/** What may it do, for how long, and from where? Then the key, once. */
export default function NewKey({ session, place }: PageProps) {
  const realm = realmOf(session, place);
  const created = keptSecret(place.query.get('created'));
  const [draft, setDraft] = useState<Draft>({
    ...emptyDraft,
    ownerId: place.query.get('ownerId') ?? '',
  });
  const [error, setError] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  const change = (changes: Partial<Draft>) => setDraft((before) => ({ ...before, ...changes }));
  const known = useLoad(`scopes ${realm}`, (signal) => knownScopes(session, realm, signal));
  const isProposed = realm === 'me' && ['name', 'scopes', 'expires'].some((name) => place.query.has(name));
  const proposal = useLoad(`proposal ${isProposed} ${place.query}`, async (signal) =>
    isProposed ? proposalOf(session, place.query, signal) : undefined,
  );
  useEffect(() => {
    const { data } = proposal;
    if (data === undefined) return;
    const ticked = data.scopes.filter(({ isPreselected }) => isPreselected).map(({ scope }) => scope);
    change({ name: data.name ?? '', scopes: ticked, expires: data.expiresAt.slice(0, 10) });
  }, [proposal.data]);
  useReasonToStay(() => (hasSecret() ? leaving : undefined));
  useEffect(() => forgetSecret, []);
  if (created !== undefined) return <KeyCreated created={created} realm={realm} />;
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      const answer = await createKey(session, realm, draft);
      keepSecret(answer);
      go(`/keys/new?created=${answer.id}${realm === 'owner' ? '&of=owner' : ''}`, {
        replace: true,
        asks: false,
      });
    } catch (failure) {
      setError(failure);
      window.scrollTo({ top: 0 });
    }
    setBusy(false);
  };
  const hasRights = draft.role !== '' || draft.scopes.length > 0;
  return (
    <Page title={realm === 'me' ? 'New access key' : 'New service key'}>
      <form class="new-key" onSubmit={submit}>
        <Problem error={error ?? proposal.error ?? known.error} />
        {isProposed && (
          <p class="panel body">
            A link filled in this form. What it may not choose for you is left for you to tick. Check who sent
            it.
          </p>
        )}
        <section class="panel">
          <div class="body fields">
            <label class="field wide">
              <span>Name</span>
              <input
                class="input"
                value={draft.name}
                onInput={(event) => change({ name: event.currentTarget.value })}
                maxLength={100}
                placeholder="nightly-report"
                required
              />
            </label>
            <Whose session={session} realm={realm} draft={draft} onChange={change} />
          </div>
        </section>
        <ScopePicker
          known={known.data ?? []}
          proposed={proposal.data?.scopes ?? []}
          realm={realm}
          draft={draft}
          onChange={change}
        />
        <Terms draft={draft} onChange={change} />
        <div class="row foot">
          <button class="btn primary" disabled={isBusy || !hasRights}>
            Create key
          </button>
          {!hasRights && <span class="muted">Choose at least one scope.</span>}
        </div>
      </form>
    </Page>
  );
}
