import { useState } from 'preact/hooks';
import { apiUrl } from '../base.js';
import type { Schemas } from '../session.js';
import { Copy } from '../ui/basics.js';

type NewKey = Schemas['NewApiKey'];

/** The answer that has a whole key, until the page that shows it is left. */
let kept: NewKey | undefined;

export function keepSecret(created: NewKey): void {
  kept = created;
}

export function keptSecret(id: string | null): NewKey | undefined {
  return kept?.id === id ? kept : undefined;
}

export function hasSecret(): boolean {
  return kept?.key !== undefined;
}

export function forgetSecret(): void {
  kept = undefined;
}

const forms = [
  ['key', 'Key'],
  ['curl', 'curl'],
  ['env', '.env'],
  ['mcp', 'mcp.json'],
] as const;

function textOf(form: string, key: string): string {
  const url = apiUrl.href.replace(/\/api\/v1$/, '');
  if (form === 'curl') return `curl -H "X-API-Key: ${key}" ${apiUrl.href}/auth/me`;
  if (form === 'env') return `GATEHOUSE_URL=${url}\nGATEHOUSE_API_KEY=${key}`;
  if (form !== 'mcp') return key;
  const server = { type: 'http', url: `${url}/mcp`, headers: { 'X-API-Key': key } };
  return JSON.stringify({ mcpServers: { gatehouse: server } }, null, 2);
}

/** A whole key in the forms in which it is needed. It is never shown again. */
export function Secret({ secret }: { readonly secret: string }) {
  const [form, setForm] = useState('key');
  const text = textOf(form, secret);
  return (
    <div class="stack">
      <div class="seg" role="group" aria-label="Form">
        {forms.map(([value, name]) => (
          <button key={value} type="button" aria-pressed={form === value} onClick={() => setForm(value)}>
            {name}
          </button>
        ))}
      </div>
      <div class="secret">
        <pre data-secret>{text}</pre>
        <Copy text={text} />
      </div>
    </div>
  );
}
