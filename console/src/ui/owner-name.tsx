import { useEffect, useState } from 'preact/hooks';
import { dataOf } from '../../../src/client/index.js';
import type { Session } from '../session.js';

/** Asked once for each owner and session: names rarely change. */
const known = new WeakMap<Session, Map<string, Promise<string>>>();

/** The name of an owner, and a separator behind it, for admins. Others see one owner only. */
export function OwnerName({ session, id }: { readonly session: Session; readonly id: string }) {
  const [name, setName] = useState<string>();
  useEffect(() => {
    if (session.isAdmin) nameOf(session, id).then(setName, () => setName(undefined));
  }, [session, id]);
  return name === undefined ? null : <span class="name">{name} · </span>;
}

function nameOf(session: Session, id: string): Promise<string> {
  const names = known.get(session) ?? new Map<string, Promise<string>>();
  known.set(session, names);
  const options = { params: { path: { id } } };
  const asked =
    names.get(id) ??
    dataOf(session.client.GET('/api/v1/admin/owners/{id}', options)).then(({ name }) => name);
  names.set(id, asked);
  return asked;
}
