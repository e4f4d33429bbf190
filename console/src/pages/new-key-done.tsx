import { keyLink, type Realm } from '../api/keys.js';
import { go } from '../router.js';
import type { Schemas } from '../session.js';
import { Empty, Link, Page, Scopes, Time } from '../ui/basics.js';
import { forgetSecret, Secret } from './secret.js';

interface KeyCreatedProps {
  readonly created: Schemas['NewApiKey'];
  readonly realm: Realm;
}

/** The one time that the whole key is shown. */
export function KeyCreated({ created, realm }: KeyCreatedProps) {
  const { key, name, scopes, expiresAt, previous } = created;
  const link = keyLink(realm, created.id);
  if (key === undefined)
    return (
      <Page title={name}>
        <Empty
          title="The key was created before"
          text="It is not shown a second time. Rotate it for a new one."
        />
        <Link class="btn" to={link}>
          Open the key
        </Link>
      </Page>
    );
  const done = () => {
    forgetSecret();
    go(link, { replace: true });
  };
  return (
    <Page title={name}>
      <section class="panel">
        <div class="head">
          <h2>Copy the key now</h2>
          <span class="muted">It is not shown again, and cannot be recovered.</span>
        </div>
        <div class="body stack">
          <Secret secret={key} />
          <div class="row">
            <Scopes scopes={scopes ?? []} most={6} />
            <span class="muted">
              {expiresAt === null ? (
                'does not expire'
              ) : (
                <>
                  expires <Time at={expiresAt} />
                </>
              )}
            </span>
          </div>
          {previous !== null && (
            <p class="muted">
              It replaces <span class="mono">{previous.prefix}</span>
              {previous.status === 'active' ? (
                <>
                  , which works until <Time at={previous.expiresAt} />.
                </>
              ) : (
                ', which no longer works.'
              )}
            </p>
          )}
        </div>
      </section>
      <div class="row foot">
        <button type="button" class="btn primary" onClick={done}>
          I have copied it
        </button>
      </div>
    </Page>
  );
}
