import { useState } from 'preact/hooks';
import { type KeyDetails, keysOf, type Realm } from '../api/keys.js';
import { outcomesOf, plural } from '../format.js';
import { go } from '../router.js';
import type { Schemas, Session } from '../session.js';
import { Confirm } from '../ui/confirm.js';
import { keepSecret } from './secret.js';

/** What came of an action: who confirmed it, and how long the answer took. */
export interface Outcome {
  readonly title: string;
  readonly replicas: Schemas['Receipt'] | undefined;
  readonly ms: number;
}

interface KeyActionsProps {
  readonly session: Session;
  readonly realm: Realm;
  readonly of: KeyDetails;
  onDone(outcome: Outcome | undefined): void;
}

const overlaps = [
  [0, 'At once'],
  [3_600, 'After 1 hour'],
  [86_400, 'After 1 day'],
  [604_800, 'After 7 days'],
] as const;

/** Rotate, disable or enable, revoke: each asks once, and says what will stop. */
export function KeyActions({ session, realm, of: key, onDone }: KeyActionsProps) {
  const [asked, setAsked] = useState<'rotate' | 'toggle' | 'revoke'>();
  const [overlap, setOverlap] = useState(86_400);
  const [reason, setReason] = useState('');
  const keys = keysOf(session, realm);
  const close = () => setAsked(undefined);
  if (key.status === 'revoked') return null;
  const rotate = async () => {
    const created = await keys.rotate(key.id, overlap);
    keepSecret(created);
    go(`/keys/new?created=${created.id}${realm === 'owner' ? '&of=owner' : ''}`);
  };
  const toggle = async () => {
    await keys.update(key.id, { enabled: !key.enabled });
    onDone(undefined);
  };
  const revoke = async () => {
    const began = performance.now();
    const { replicas } = await keys.revoke(key.id, reason.trim());
    onDone({ title: 'Revoked with a receipt', replicas, ms: performance.now() - began });
  };
  return (
    <span class="row">
      {key.kind !== 'personal' && key.replacedById === null && key.status === 'active' && (
        <button type="button" class="btn" onClick={() => setAsked('rotate')}>
          Rotate
        </button>
      )}
      <button type="button" class="btn" onClick={() => setAsked('toggle')}>
        {key.enabled ? 'Disable' : 'Enable'}
      </button>
      <button type="button" class="btn danger" onClick={() => setAsked('revoke')}>
        Revoke
      </button>
      {asked === 'rotate' && (
        <Confirm title={`Rotate ${key.name}?`} action="Rotate" onConfirm={rotate} onClose={close}>
          <p class="muted">A new key with the same settings replaces it. {whatStops(key, 'The old one')}</p>
          <label class="field">
            <span>The old key stops</span>
            <select
              class="input"
              value={overlap}
              onChange={(event) => setOverlap(Number(event.currentTarget.value))}
            >
              {overlaps.map(([seconds, text]) => (
                <option key={seconds} value={seconds}>
                  {text}
                </option>
              ))}
            </select>
          </label>
        </Confirm>
      )}
      {asked === 'toggle' && (
        <Confirm
          title={`${key.enabled ? 'Disable' : 'Enable'} ${key.name}?`}
          action={key.enabled ? 'Disable' : 'Enable'}
          isDanger={key.enabled}
          onConfirm={toggle}
          onClose={close}
        >
          <p class="muted">
            {key.enabled
              ? `${whatStops(key, 'It')} Its requests are rejected until it is enabled again.`
              : 'Its requests are accepted again, at once.'}
          </p>
        </Confirm>
      )}
      {asked === 'revoke' && (
        <Confirm title={`Revoke ${key.name}?`} action="Revoke" isDanger onConfirm={revoke} onClose={close}>
          <p class="muted">
            {whatStops(key, 'It')} Its requests, and those of the tool keys below it, are rejected from then
            on. This cannot be undone.
          </p>
          <label class="field">
            <span>Reason, for the audit trail</span>
            <input
              class="input"
              maxLength={200}
              value={reason}
              onInput={(event) => setReason(event.currentTarget.value)}
            />
          </label>
        </Confirm>
      )}
    </span>
  );
}

function whatStops({ usage24h, lastUsedIp }: KeyDetails, subject: string): string {
  const { allowed } = outcomesOf(usage24h);
  if (allowed === 0) return `${subject} was not used in the last 24 hours.`;
  const from = lastUsedIp === null ? '' : `, last from ${lastUsedIp}`;
  return `${subject} made ${plural(allowed, 'accepted request')} in the last 24 hours${from}.`;
}

export function ReceiptPanel({ outcome: { title, replicas, ms } }: { readonly outcome: Outcome }) {
  const missing = replicas?.missing ?? [];
  const live = replicas?.live ?? null;
  return (
    <section class="panel" aria-live="polite">
      <div class="head">
        <h2>{title}</h2>
      </div>
      <div class="body">
        <div class="secret">
          <pre>
            {live === null
              ? 'This process rejects it, and so does every other that reads this database'
              : `${replicas?.confirmed} of ${plural(live, 'replica')} ${live === 1 ? 'rejects' : 'reject'} it`}
            {` · answered after ${Math.max(1, Math.round(ms))} ms`}
            {missing.length > 0 && `\nnot confirmed, for 5 s at most: ${missing.join(', ')}`}
          </pre>
          <span class={`chip ${missing.length === 0 ? 'good' : 'warn'}`}>
            <span class="dot" />
            {missing.length === 0 ? 'confirmed' : 'waiting'}
          </span>
        </div>
      </div>
    </section>
  );
}
