import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { relative, shortId } from './format.js';
import { go, type Place, usePlace } from './router.js';
import { SignIn } from './pages/sign-in.js';
import { type Session, signOut, useSession } from './session.js';
import { Empty, Link, Page, Problem } from './ui/basics.js';
import { Logo } from './ui/logo.js';

export interface PageProps {
  readonly session: Session;
  readonly place: Place;
  /** What stands in the path in place of `:id`. */
  readonly id: string;
}

interface Screen {
  readonly path: RegExp;
  load(): Promise<{ readonly default: ComponentType<PageProps> }>;
  /** In the navigation, if it has a name. */
  readonly name?: string;
  readonly to?: string;
  readonly isForAdmins?: boolean;
}

const screens: readonly Screen[] = [
  { name: 'Overview', to: '/overview', path: /^\/overview$/, load: () => import('./pages/overview.js') },
  { name: 'Keys', to: '/keys', path: /^\/keys$/, load: () => import('./pages/keys.js') },
  { path: /^\/keys\/new$/, load: () => import('./pages/new-key.js') },
  { path: /^\/keys\/[\w-]{36}$/, load: () => import('./pages/key.js') },
  { name: 'Agents', to: '/agents', path: /^\/agents$/, load: () => import('./pages/agents.js') },
  { name: 'Why?', to: '/why', path: /^\/why$/, load: () => import('./pages/why.js') },
  {
    name: 'Audit',
    to: '/audit',
    path: /^\/audit$/,
    load: () => import('./pages/audit.js'),
    isForAdmins: true,
  },
  {
    name: 'Owners',
    to: '/owners',
    path: /^\/owners$/,
    load: () => import('./pages/owners.js'),
    isForAdmins: true,
  },
  {
    name: 'People',
    to: '/people',
    path: /^\/people$/,
    load: () => import('./pages/people.js'),
    isForAdmins: true,
  },
  {
    name: 'Issuers',
    to: '/issuers',
    path: /^\/issuers$/,
    load: () => import('./pages/issuers.js'),
    isForAdmins: true,
  },
  {
    name: 'Routes',
    to: '/routes',
    path: /^\/routes$/,
    load: () => import('./pages/routes.js'),
    isForAdmins: true,
  },
];

/** Loaded pages, so that going back to one does not flicker. */
const loaded = new Map<Screen, ComponentType<PageProps>>();

export function App() {
  const session = useSession();
  const place = usePlace();
  if (session === undefined) return <SignIn place={place} />;
  return <Shell session={session} place={place} />;
}

function Shell({ session, place }: { readonly session: Session; readonly place: Place }) {
  const shown = screens.filter(({ isForAdmins }) => session.isAdmin || isForAdmins !== true);
  const found = shown.find(({ path }) => path.test(place.path));
  useEffect(() => {
    if (place.path === '/') go(shown[0]?.to ?? '/', { replace: true });
  }, [place.path]);
  const link = ({ name, to = '' }: Screen) => (
    <Link
      key={to}
      class="to"
      to={to}
      aria-current={place.path === to || place.path.startsWith(`${to}/`) ? 'page' : undefined}
    >
      {name}
    </Link>
  );
  const named = shown.filter(({ name }) => name !== undefined);
  const platform = named.filter(({ isForAdmins }) => isForAdmins);
  return (
    <div class="shell">
      <a class="skip" href="#content">
        Skip to the content
      </a>
      <nav aria-label="Pages">
        <Link class="brand" to="/" aria-label="Gatehouse">
          <Logo />
          <span>Gatehouse</span>
        </Link>
        {named.filter(({ isForAdmins }) => !isForAdmins).map(link)}
        {platform.length > 0 && <div class="group">Platform</div>}
        {platform.map(link)}
        <div class="who">
          <div class="cut">{session.me.email ?? nameOfSource(session)}</div>
          <div class="faint">
            {session.isAdmin ? 'admin' : (session.me.role ?? (session.isPerson ? 'person' : 'program'))} ·
            signed in {relative(new Date(session.since).toISOString())}
          </div>
          <button type="button" class="plain" onClick={() => signOut()}>
            Sign out
          </button>
        </div>
      </nav>
      <main id="content" tabIndex={-1}>
        <Outlet key={String(found?.path)} screen={found} session={session} place={place} />
      </main>
    </div>
  );
}

function nameOfSource({ me: { source } }: Session): string {
  return source.keyId === undefined ? 'signed in' : `key ${shortId(source.keyId)}`;
}

function Outlet({
  screen,
  session,
  place,
}: {
  readonly screen: Screen | undefined;
  readonly session: Session;
  readonly place: Place;
}) {
  const [Shown, setShown] = useState(() => (screen === undefined ? undefined : loaded.get(screen)));
  const [error, setError] = useState<unknown>();
  useEffect(() => {
    if (screen === undefined || loaded.has(screen)) return;
    const show = async () => {
      const { default: page } = await screen.load();
      loaded.set(screen, page);
      setShown(() => page);
    };
    show().catch(setError);
  }, [screen]);
  if (screen === undefined && place.path !== '/')
    return (
      <Page title="Nothing here">
        <Empty
          title="There is no such page"
          text="Or it is not one for the rights that you signed in with."
        />
      </Page>
    );
  if (Shown === undefined) return error === undefined ? null : <Problem error={error} />;
  return <Shown session={session} place={place} id={decodeURIComponent(place.path.split('/')[2] ?? '')} />;
}
