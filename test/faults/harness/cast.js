import { generateKeyPairSync, sign } from 'node:crypto';
import { ask, isGood, mustAsk } from './ask.js';
import { KeyMint } from './build.js';
import { Ledger } from './ledger.js';

const keysPath = '/api/v1/api-keys';
const day = 86_400_000;
const mint = new KeyMint();
const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

export const byKey = (key) => ({ 'x-api-key': key });
export const byToken = (token) => ({ authorization: `Bearer ${token}` });

/** Everybody who takes part in one fault: good credentials, bad ones, and the keys that are made and revoked meanwhile. */
export class Cast {
  ledger = new Ledger();
  /** A key that makes and revokes others, for each replica one: no two wait for a lock of the other. */
  managers = new Map();
  #people = 0;

  /** Makes the credentials at a site and lets each replica get to know those that it is to know. */
  static async gather(
    site,
    label,
    { limit = 60, endangered = 4, ttlSeconds = 7_200, toolSeconds = 900 } = {},
  ) {
    const cast = new Cast();
    Object.assign(cast, { site, label, ttlSeconds });
    cast.email = `ada-${label}@example.com`;
    cast.token = cast.newToken();
    const [first] = site.replicas;
    const asAda = { headers: byToken(cast.token), method: 'POST' };
    const scopes = ['*:*', 'api-keys:write', 'tool-keys:issue'];
    const make = (name, more) =>
      mustAsk(first, { ...asAda, path: keysPath, body: { name, scopes, ...more } });
    const makeMany = (count, name) =>
      Promise.all(Array.from({ length: count }, (_, index) => make(`${name} ${index}`)));
    for (const replica of site.replicas)
      cast.managers.set(replica, (await make(`manager at ${replica.name}`)).key);
    cast.personal = (await mustAsk(first, { ...asAda, path: '/api/v1/auth/api-keys' })).key;
    cast.tool = (
      await mustAsk(first, {
        ...asAda,
        path: '/api/v1/tool-keys',
        body: { taskId: label, ttlSeconds: toolSeconds },
      })
    ).key;
    const rateLimit = { limit, windowSeconds: 3_600 };
    cast.limited = { limit, key: (await make('limited', { rateLimit })).key };
    cast.fresh = (await makeMany(24 * site.replicas.length, 'fresh')).map(({ key }) => key);
    cast.endangered = (await makeMany(endangered, 'endangered')).map((made) => cast.ledger.made(made));
    await cast.#getKnown([...cast.known, ...cast.endangered.map(({ key }) => byKey(key))]);
    const doomed = await cast.#revokeOne(() => make('doomed'));
    cast.doomed = doomed;
    return cast;
  }

  /** The headers of good credentials which every replica knows. */
  get known() {
    return [...this.managers.values()]
      .map(byKey)
      .concat([byKey(this.personal), byToken(this.token), { 'x-tool-key': this.tool }]);
  }

  /** For the person whom everybody knows. */
  newToken(ttlSeconds = this.ttlSeconds) {
    return this.site.issuer.tokenFor(this.email, ttlSeconds);
  }

  /** For a person who was never here. */
  newcomer() {
    this.#people += 1;
    return this.site.issuer.tokenFor(`new-${this.#people}-${this.label}@example.com`, this.ttlSeconds);
  }

  /** Credentials that are never good, and can be seen through without the database. */
  forged() {
    const [head, claims] = this.token.split('.');
    const signature = sign('sha256', Buffer.from(`${head}.${claims}`), {
      key: stranger,
      dsaEncoding: 'ieee-p1363',
    });
    const key = mint.mintApiKey('live').key;
    return [
      byToken(`${head}.${claims}.${signature.toString('base64url')}`),
      byToken(this.site.issuer.tokenFor(this.email, 60, Date.now() - 3 * day)),
      byKey(key.slice(0, -1) + (key.endsWith('0') ? '1' : '0')),
    ];
  }

  /** A well-formed key that was never issued. */
  invented() {
    return byKey(mint.mintApiKey('live').key);
  }

  /** Makes a key; its entry, and the answer. */
  async create(replica, name, more = {}) {
    const headers = byKey(this.managers.get(replica));
    const answer = await ask(replica, { method: 'POST', path: keysPath, headers, body: { name, ...more } });
    return { answer, entry: answer.status === 201 ? this.ledger.made(answer.body) : undefined };
  }

  /** Revokes a key: `complete` when everybody has confirmed, `acknowledged` when not, else the answer. */
  async revoke(replica, entry, { wait = true } = {}) {
    entry.attempted = true;
    const path = `${keysPath}/${entry.id}${wait ? '?wait=true' : ''}`;
    const answer = await ask(replica, { method: 'DELETE', path, headers: byKey(this.managers.get(replica)) });
    if (!isGood(answer)) return answer;
    const { live, confirmed } = answer.body.replicas ?? {};
    // On SQLite it is not known which processes there are, and here there is one.
    const isComplete = wait && (live === confirmed || (live === null && this.site.replicas.length === 1));
    this.ledger.revoked(entry, { by: replica, isComplete });
    return isComplete ? 'complete' : 'acknowledged';
  }

  /** A key that was known to all, and of which all know that it was revoked: also a replica that has just been killed counts for 8 s. */
  async #revokeOne(make) {
    for (let attempt = 1; attempt <= 12; attempt += 1) {
      const entry = this.ledger.made(await make());
      await this.#getKnown([byKey(entry.key)]);
      if ((await this.revoke(this.site.replicas[0], entry)) === 'complete') return entry;
    }
    throw new Error('A revocation before the fault was never confirmed by all');
  }

  async #getKnown(credentials) {
    for (const replica of this.site.replicas)
      await Promise.all(credentials.map((headers) => mustAsk(replica, { headers })));
  }
}
