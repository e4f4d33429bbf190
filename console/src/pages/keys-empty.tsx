import { apiUrl } from '../base.js';
import { Empty, Link } from '../ui/basics.js';

export function NothingFound() {
  return (
    <div class="empty">
      <h2>No key matches</h2>
      <p class="muted">Names match anywhere, prefixes from their beginning.</p>
      <Link class="btn" to="/keys">
        Clear all filters
      </Link>
    </div>
  );
}

export function NoKeys({ realm }: { readonly realm: string }) {
  const path = { admin: 'admin/api-keys', owner: 'api-keys', me: 'me/api-keys' }[realm] ?? 'api-keys';
  const command = `curl -X POST ${apiUrl.href}/${path} \\
  -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" \\
  -d '{"name":"CI","scopes":["files:read"]}'`;
  return (
    <Empty
      title={realm === 'me' ? 'You have no keys yet' : 'There are no keys yet'}
      text={
        realm === 'me'
          ? 'An access key acts as you, within the scopes you give it, until it expires.'
          : 'A service key lets a program in, with the scopes you give it.'
      }
      command={command}
    />
  );
}
