import { useState } from 'preact/hooks';
import { type KeyDetails, keysOf, type Realm } from '../api/keys.js';
import { plural } from '../format.js';
import type { Session } from '../session.js';
import { Time } from '../ui/basics.js';
import { Confirm } from '../ui/confirm.js';

interface KeyScopesProps {
  readonly session: Session;
  readonly realm: Realm;
  readonly of: KeyDetails;
  onDone(): void;
}

/** What it may do, and what of that it has needed: narrowed with one click. */
export function KeyScopes({ session, realm, of: key, onDone }: KeyScopesProps) {
  const [isAsking, setAsking] = useState(false);
  const used = key.scopesUsed.map(({ scope }) => scope);
  const granted = key.scopes ?? [];
  const unused = granted.filter((scope) => !used.some((one) => covers(scope, one)));
  const canNarrow = key.status === 'active' && used.length > 0 && (unused.length > 0 || key.scopes === null);
  return (
    <section class="panel">
      <div class="head">
        <h2>Scopes</h2>
        {canNarrow && key.kind !== 'personal' && (
          <button type="button" class="btn" onClick={() => setAsking(true)}>
            Narrow to {used.length} used
          </button>
        )}
      </div>
      <div class="body stack">
        <div class="chips">
          {key.scopes === null && <span class="chip">{key.role ?? 'as its user'}</span>}
          {granted.map((scope) => (
            <span
              key={scope}
              class={`chip scope ${unused.includes(scope) ? 'unused' : ''}`}
              title={unused.includes(scope) ? 'Not needed in 90 days' : undefined}
            >
              {scope}
              {unused.includes(scope) && <span class="sr"> not used</span>}
            </span>
          ))}
        </div>
        <p class="muted">{sentenceOf(key, used.length, unused.length)}</p>
        {key.scopesUsed.length > 0 && (
          <table class="plain-table">
            <tbody>
              {key.scopesUsed.map(({ scope, lastUsedAt }) => (
                <tr key={scope}>
                  <td class="mono">{scope}</td>
                  <td class="num muted">
                    needed <Time at={lastUsedAt} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </div>
      {isAsking && (
        <Confirm
          title={`Narrow ${key.name} to what it uses?`}
          action="Narrow"
          onConfirm={async () => {
            await keysOf(session, realm).narrow(key.id, used);
            onDone();
          }}
          onClose={() => setAsking(false)}
        >
          <p class="muted">
            It keeps these scopes. Requests that need another one are rejected with 403, at once.
          </p>
          <div class="chips">
            {used.map((scope) => (
              <span key={scope} class="chip scope">
                {scope}
              </span>
            ))}
          </div>
        </Confirm>
      )}
    </section>
  );
}

function sentenceOf(key: KeyDetails, used: number, unused: number): string {
  if (key.scopesUsedSince === null) return 'No request has needed one of its scopes in the last 90 days.';
  const ofThem = unused === 0 ? 'All of them were' : `${plural(unused, 'scope was', 'scopes were')} not`;
  const more = key.scopesUsedComplete ? '' : ' It has needed more than are kept.';
  return key.scopes === null
    ? `${plural(used, 'scope was', 'scopes were')} needed in 90 days.${more}`
    : `${ofThem} needed in 90 days.${more}`;
}

/** Whether a granted scope covers a used one: `*` stands for one part, as the last part for one or more. */
function covers(granted: string, used: string): boolean {
  const [one, other] = [granted.split(':'), used.split(':')];
  const isOpen = one.at(-1) === '*';
  if (one.length > other.length || (one.length < other.length && !isOpen)) return false;
  return one.every((part, index) => part === '*' || part === other[index]);
}
