import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { relative, shortId } from './format.js';
import { go, type Place, usePlace } from './router.js';
import { SignIn } from './pages/sign-in.js';
import { type Screen, screens } from './screens.js';
import { agentRoutes, useServed } from './served.js';
import { type Session, signOut, useSession } from './session.js';
import { Empty, Link, Page, Problem } from './ui/basics.js';
import { Logo } from './ui/logo.js';

export interface PageProps {
  readonly session: Session;
  readonly place: Place;
  /** What stands in the path in place of `:id`. */
  readonly id: string;
}

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
  const isServed = useServed(session);
  const named = shown.filter(({ name, needs }) => name !== undefined && isServed(needs));
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
        {found === undefined || isServed(found.needs) ? (
          <Outlet key={String(found?.path)} screen={found} session={session} place={place} />
        ) : (
          <NotServed module={found.needs === agentRoutes ? 'ToolKeysModule' : 'ApiKeysModule'} />
        )}
      </main>
    </div>
  );
}

function NotServed({ module }: { readonly module: string }) {
  return (
    <Page title="Not in this application">
      <Empty
        title="This application does not serve the routes of this page"
        text={`${module} has them: the application does not import it, or leaves them out of its controllers.`}
      />
    </Page>
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
