import { dataOf } from '../../../src/client/index.js';
import type { Realm } from '../api/keys.js';
import type { Draft } from '../api/new-key.js';
import { useLoad } from '../load.js';
import type { Session } from '../session.js';

interface DraftProps {
  readonly draft: Draft;
  onChange(changes: Partial<Draft>): void;
}

const lifetimes = [
  ['7', '7 days'],
  ['30', '30 days'],
  ['90', '90 days'],
  ['365', '1 year'],
  ['never', 'Never'],
] as const;
const windows = [
  [1, 'second'],
  [60, 'minute'],
  [3_600, 'hour'],
  [86_400, 'day'],
] as const;

/** For how long, from where, and how often. */
export function Terms({ draft, onChange }: DraftProps) {
  const isDate = !lifetimes.some(([value]) => value === draft.expires);
  return (
    <section class="panel">
      <div class="head">
        <h2>Until when, from where, how often</h2>
      </div>
      <div class="body fields">
        <label class="field">
          <span>Expires</span>
          <select
            class="input"
            value={isDate ? 'date' : draft.expires}
            onChange={({ currentTarget: { value } }) =>
              onChange({ expires: value === 'date' ? today(90) : value })
            }
          >
            {lifetimes.map(([value, title]) => (
              <option key={value} value={value}>
                {title}
              </option>
            ))}
            <option value="date">On a date</option>
          </select>
          {isDate && (
            <input
              class="input"
              type="date"
              aria-label="Date of expiry"
              min={today(1)}
              value={draft.expires}
              onInput={(event) => onChange({ expires: event.currentTarget.value })}
              required
            />
          )}
        </label>
        <label class="field">
          <span>Networks</span>
          <input
            class="input mono"
            placeholder="any, or 203.0.113.0/24"
            value={draft.networks}
            spellcheck={false}
            onInput={(event) => onChange({ networks: event.currentTarget.value })}
          />
        </label>
        <div class="field" role="group" aria-label="Limit">
          <span>Limit</span>
          <div class="row nowrap">
            <input
              class="input"
              type="number"
              min={1}
              max={1_000_000}
              placeholder="none"
              aria-label="Requests"
              value={draft.limit}
              onInput={(event) => onChange({ limit: event.currentTarget.value })}
            />
            <span class="muted">per</span>
            <select
              class="input"
              aria-label="Window"
              value={draft.windowSeconds}
              onChange={(event) => onChange({ windowSeconds: Number(event.currentTarget.value) })}
            >
              {windows.map(([seconds, title]) => (
                <option key={seconds} value={seconds}>
                  {title}
                </option>
              ))}
            </select>
          </div>
        </div>
      </div>
    </section>
  );
}

interface WhoseProps extends DraftProps {
  readonly session: Session;
  readonly realm: Realm;
}

/** The owner, which an admin chooses, and the environment. */
export function Whose({ session, realm, draft, onChange }: WhoseProps) {
  const owners = useLoad(`owners ${realm}`, async (signal) => {
    if (realm !== 'admin') return [];
    const query = { limit: 100 };
    return (await dataOf(session.client.GET('/api/v1/admin/owners', { params: { query }, signal }))).owners;
  });
  return (
    <>
      {realm === 'admin' && (
        <label class="field">
          <span>Owner</span>
          <select
            class="input"
            value={draft.ownerId}
            onChange={(event) => onChange({ ownerId: event.currentTarget.value })}
          >
            <option value="">Platform</option>
            {(owners.data ?? []).map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </label>
      )}
      <label class="field">
        <span>Environment</span>
        <select
          class="input"
          value={draft.environment}
          onChange={(event) => onChange({ environment: event.currentTarget.value as Draft['environment'] })}
        >
          <option value="live">live</option>
          <option value="test">test</option>
        </select>
      </label>
    </>
  );
}

function today(plusDays: number): string {
  return new Date(Date.now() + plusDays * 86_400_000).toISOString().slice(0, 10);
}
