import { useState } from 'preact/hooks';
import type { Realm } from '../api/keys.js';
import type { Draft, KnownScope } from '../api/new-key.js';
import { plural } from '../format.js';
import type { Schemas } from '../session.js';

interface ScopePickerProps {
  readonly known: readonly KnownScope[];
  readonly proposed: Schemas['ProposedAccessKey']['scopes'];
  readonly realm: Realm;
  readonly draft: Draft;
  onChange(changes: Partial<Draft>): void;
}

const roles = [
  ['', 'Only these scopes'],
  ['read_only', 'Read everything (*:read)'],
  ['write_agent', 'Read and write everything'],
  ['admin', 'Admin of the whole platform'],
] as const;
const reasons = {
  WILDCARD: 'a wildcard: tick it only if you mean all of it',
  RESERVED: 'reserved: it may change keys or members',
  NOT_HELD: 'you do not hold it, so the key cannot',
};
const shape = /^[a-z0-9_.*-]+(:[a-z0-9_.*-]+){1,7}$/i;

/** By search and checkbox; what is typed and not known can be added, since applications name their own scopes. */
export function ScopePicker({ known, proposed, realm, draft, onChange }: ScopePickerProps) {
  const [text, setText] = useState('');
  const { scopes, role } = draft;
  const names = new Set([
    ...proposed.map(({ scope }) => scope),
    ...scopes,
    ...known.map(({ scope }) => scope),
  ]);
  const wanted = text.trim().toLowerCase();
  const shown = [...names].filter((scope) => scope.toLowerCase().includes(wanted));
  const canAdd = shape.test(wanted) && !names.has(wanted);
  const toggle = (scope: string) =>
    onChange({ scopes: scopes.includes(scope) ? scopes.filter((one) => one !== scope) : [...scopes, scope] });
  const add = () => {
    if (canAdd) onChange({ scopes: [...scopes, wanted] });
    setText('');
  };
  const noteOf = (scope: string) => {
    const reason = proposed.find((one) => one.scope === scope)?.reason;
    if (reason !== undefined && reason !== null) return reasons[reason];
    const routes = known.find((one) => one.scope === scope)?.routes ?? [];
    return routes.length === 0 ? '' : plural(routes.length, 'route');
  };
  const readable = [...names].filter((scope) => scope.endsWith(':read') && !scope.includes('*'));
  return (
    <section class="panel">
      <div class="head">
        <h2>What it may do</h2>
        {realm === 'me' ? (
          <button type="button" class="btn tight" onClick={() => onChange({ scopes: readable })}>
            Tick all that read
          </button>
        ) : (
          <select
            class="input fit"
            aria-label="Rights"
            value={role}
            onChange={(event) => onChange({ role: event.currentTarget.value as Draft['role'] })}
          >
            {roles.map(([value, title]) => (
              <option key={value} value={value} disabled={value === 'admin' && realm !== 'admin'}>
                {title}
              </option>
            ))}
          </select>
        )}
      </div>
      {role === '' && (
        <div class="body stack">
          <div class="row">
            <input
              class="input"
              aria-label="Search a scope, or type one"
              placeholder="Search a scope, or type one: files:read"
              value={text}
              spellcheck={false}
              autocapitalize="off"
              onInput={(event) => setText(event.currentTarget.value)}
              onKeyDown={(event) => {
                if (event.key !== 'Enter') return;
                event.preventDefault();
                add();
              }}
            />
            {canAdd && (
              <button type="button" class="btn" onClick={add}>
                Add <code>{wanted}</code>
              </button>
            )}
          </div>
          <div class="scope-list" role="group" aria-label="Scopes">
            {shown.map((scope) => (
              <label key={scope}>
                <input
                  type="checkbox"
                  checked={scopes.includes(scope)}
                  disabled={proposed.some((one) => one.scope === scope && one.reason === 'NOT_HELD')}
                  onChange={() => toggle(scope)}
                />
                <span class="mono">{scope}</span>
                <span class="faint small">{noteOf(scope)}</span>
              </label>
            ))}
            {shown.length === 0 && <span class="muted">No scope is known by that name. Enter adds it.</span>}
          </div>
          <p class="muted small" aria-live="polite">
            {scopes.length === 0
              ? 'Nothing is ticked.'
              : `${plural(scopes.length, 'scope')}: ${scopes.join(', ')}`}
          </p>
        </div>
      )}
      {role !== '' && (
        <p class="body muted">A role is a preset of scopes. Prefer the fewest scopes that do the work.</p>
      )}
    </section>
  );
}
