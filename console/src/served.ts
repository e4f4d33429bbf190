import { useEffect, useState } from 'preact/hooks';
import { dataOf } from '../../src/client/index.js';
import type { Session } from './session.js';

/** Whether the application serves one of these routes, such as `/tool-keys`. */
type IsServed = (anyOf: readonly string[]) => boolean;

export const agentRoutes = ['/tool-keys', '/admin/tool-keys'];

const me = '/auth/me';
const known = new WeakMap<Session, Promise<IsServed>>();

/** Not every application imports all modules. Where a caller may not ask, everything counts as served. */
export function servedIn(session: Session): Promise<IsServed> {
  const asked = known.get(session) ?? ask(session).catch(() => () => true);
  known.set(session, asked);
  return asked;
}

/** The same for a component; while it is not known, everything is served. */
export function useServed(session: Session): IsServed {
  const [isServed, setServed] = useState<IsServed>(() => () => true);
  useEffect(() => void servedIn(session).then((found) => setServed(() => found)), [session]);
  return isServed;
}

async function ask({ client, isAdmin, isPerson, me: { scopes } }: Session): Promise<IsServed> {
  if (!isAdmin && !isPerson && !scopes.includes('api-keys:read')) return () => true;
  const { routes } = await dataOf(client.GET('/api/v1/routes'));
  const paths = new Set(routes.map(({ path }) => path));
  // As the application knows them, without what a proxy puts before it.
  const apis = [...paths].filter((path) => path.endsWith(me)).map((path) => path.slice(0, -me.length));
  return (anyOf) => anyOf.some((path) => apis.some((api) => paths.has(api + path)));
}
