import { expect } from '@jest/globals';
import { type Consent, isConsented, isCovered } from './bounded-token-oracle.js';
import { type Caller, checkCaller, checkScopes, type Walk } from './bounded-token-laws.js';
import type { EndWish, KeyWish, Step } from './bounded-token-steps.js';
import type { Answer, Gatehouse } from './gatehouse.js';
import type { Json } from './json.js';

const keys = '/api/v1/api-keys';
const allKeys = '/api/v1/admin/api-keys';

/** A bounded token, and what it was consented to. */
export interface Root {
  readonly headers: Record<string, string>;
  readonly consent: Consent;
  /** Its `exp`, epoch milliseconds. */
  readonly exp: number;
}

/**
 * Lets a bounded token, and whatever it gets hold of, do all that, and holds all of them to the consent and the `exp`.
 * Returns how often each kind of step was let through.
 */
export async function playBounded(gatehouse: Gatehouse, root: Root, steps: readonly Step[]) {
  const play = await BoundedPlay.open(gatehouse, root);
  for (const step of steps) await play.take(step);
  await play.end();
  return play.letThrough;
}

class BoundedPlay {
  readonly letThrough: Partial<Record<Step['do'], number>> = {};
  private readonly callers: Caller[];
  /** Ids of keys, and of the ones that its user had before. */
  private readonly ids: string[] = [];
  private readonly madeByToken: string[] = [];

  private constructor(
    private readonly walk: Walk,
    token: Caller,
  ) {
    this.callers = [token];
  }

  static async open(gatehouse: Gatehouse, { headers, consent, exp }: Root): Promise<BoundedPlay> {
    const { body } = await gatehouse.send('GET', '/api/v1/auth/me', { headers });
    const walk = { gatehouse, consent, exp, ownerId: body.ownerId };
    const play = new BoundedPlay(walk, { kind: 'token', headers, scopes: body.scopes });
    await play.addOlderKeys();
    return play;
  }

  async take(step: Step): Promise<void> {
    const { gatehouse, exp } = this.walk;
    if (step.do === 'pass') return this.pass(step.seconds);
    if (step.do === 'pass to') return this.pass((exp - gatehouse.now()) / 1000 + step.afterExp);
    const caller = this.callers[step.by % this.callers.length] as Caller;
    const target = 'at' in step ? (this.ids[step.at % this.ids.length] ?? '') : '';
    const before = step.do === 'patch' ? await this.look(target) : undefined;
    const answer = await this.send(step, caller, target);
    expect(answer.status).toBeLessThan(500);
    if (answer.status >= 300) return;
    this.letThrough[step.do] = (this.letThrough[step.do] ?? 0) + 1;
    await this.learn(step, caller, answer);
    if (before !== undefined) this.checkPatched(before, await this.look(target));
  }

  /** Looks at all of them at each moment around the end of the token. */
  async end(): Promise<void> {
    const { gatehouse, exp } = this.walk;
    for (const moment of [exp - 1, exp, exp + 29_999]) await this.pass((moment - gatehouse.now()) / 1000);
    for (const caller of this.callers) {
      const attempt = { do: 'issue', by: 0 } as const;
      expect((await this.send(attempt, caller, '')).status).toBeGreaterThanOrEqual(400);
    }
    await this.pass((exp + 30_000 - gatehouse.now()) / 1000);
    await this.checkTrail();
  }

  /** Keys of the same owner that the token has nothing to do with: it must not become one of them. */
  private async addOlderKeys(): Promise<void> {
    const { exp } = this.walk;
    const older = [
      { name: 'strong', role: 'write_agent' },
      { name: 'off', scopes: ['*:*'], enabled: false },
      { name: 'near', scopes: ['notes:read'], expiresAt: timeOf(exp - 1_000) },
      { name: 'far', scopes: ['notes:read'] },
    ];
    for (const key of older) {
      const { status, body } = await this.asAdmin('POST', allKeys, { ...key, ownerId: this.walk.ownerId });
      expect(status).toBe(201);
      this.ids.push(body.id);
    }
  }

  private send(step: Step, { headers, scopes: held }: Caller, target: string): Promise<Answer> {
    const send = (path: string, body: object, method = 'POST') =>
      this.walk.gatehouse.send(method, path, { headers, body });
    switch (step.do) {
      case 'create':
        return send(keys, { name: 'made', ...this.settingsOf(step.wish, held) });
      case 'patch':
        return send(`${keys}/${target}`, { name: 'changed', ...this.settingsOf(step.wish, held) }, 'PATCH');
      case 'rotate':
        return send(`${keys}/${target}/rotate`, { overlapSeconds: step.overlapSeconds });
      case 'issue': {
        const { ttlSeconds, heartbeatSeconds } = step;
        const scopes = scopesOf(step.scopes, held) ?? undefined;
        return send('/api/v1/tool-keys', { taskId: 'task', scopes, ttlSeconds, heartbeatSeconds });
      }
      case 'exchange': {
        const scope = scopesOf(step.scopes, held)?.join(' ');
        const { ttlSeconds } = step;
        return send('/api/v1/auth/token', { audience: 'billing', scope: scope || undefined, ttlSeconds });
      }
      default:
        return send('/api/v1/tool-keys/heartbeat', {});
    }
  }

  private async learn({ do: what }: Step, { kind }: Caller, { body }: Answer): Promise<void> {
    if (what === 'exchange') return this.checkExchanged(body);
    if (what === 'beat') expect(Date.parse(body.expiresAt)).toBeLessThanOrEqual(this.walk.exp);
    if (what === 'patch' || what === 'beat') return;
    this.requireWithin(body);
    if (kind === 'token') this.madeByToken.push(body.id);
    const made: Caller =
      what === 'issue'
        ? { kind: 'tool_key', headers: { 'x-tool-key': body.key }, scopes: body.scopes }
        : { kind: 'api_key', headers: { 'x-api-key': body.key }, scopes: scopesIn(body) };
    this.callers.push(made);
    if (made.kind === 'api_key') this.ids.push(body.id);
    await checkCaller(this.walk, made);
  }

  /** The token of a key, as the other service reads it; here it is nobody's. */
  private async checkExchanged({ access_token: token, scope }: Json): Promise<void> {
    const payload = token.split('.')[1] ?? '';
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const { gatehouse, consent, exp } = this.walk;
    expect(claims.exp * 1000).toBeLessThanOrEqual(exp);
    expect(claims.scope).toBe(scope);
    for (const one of scope.split(' ').filter(Boolean))
      expect([one, isConsented(consent, one)]).toEqual([one, true]);
    const here = { headers: { authorization: `Bearer ${token}` } };
    expect((await gatehouse.send('GET', '/api/v1/auth/me', here)).status).toBe(401);
  }

  /** A change leaves a key within the consent, or no stronger than it was. */
  private checkPatched(before: Json, after: Json): void {
    const isNoStronger =
      scopesIn(after).every((scope) => isCovered(scopesIn(before), scope)) &&
      endOf(after) <= endOf(before) &&
      !(after.enabled && !before.enabled);
    if (!isNoStronger) this.requireWithin(after);
  }

  private requireWithin(key: Json): void {
    const { consent, exp, ownerId } = this.walk;
    const beyond = scopesIn(key).filter((scope) => !isConsented(consent, scope));
    expect({ beyond, role: key.role === 'admin' }).toEqual({ beyond: [], role: false });
    expect(endOf(key)).toBeLessThanOrEqual(exp);
    if (key.ownerId !== undefined) expect(key.ownerId).toBe(ownerId);
  }

  /** What the token and its keys did to keys is marked, and what others did is not. */
  private async checkTrail(): Promise<void> {
    const path = `/api/v1/admin/audit-events?ownerId=${this.walk.ownerId}&limit=100`;
    const events: Json[] = (await this.asAdmin('GET', path)).body.events;
    for (const id of this.madeByToken) {
      const made = events.find(({ type, subject }) => /created|issued/.test(type) && subject.id === id);
      expect(made).toMatchObject({ actor: { type: 'jwt' }, details: { bounded: "by the token's scope" } });
    }
    const admin = JSON.stringify((await this.asAdmin('GET', '/api/v1/auth/me')).body.actorChain);
    const changes = events.filter(({ type, subject }) => type !== 'refused' && subject.type.endsWith('_key'));
    for (const { subject, actor, details } of changes) {
      const isOfOthers = actor.type === 'system' || JSON.stringify(actor.chain) === admin;
      const found = [subject, actor, details?.bounded !== undefined];
      expect(found).toEqual([subject, actor, !isOfOthers]);
    }
  }

  private async pass(seconds: number): Promise<void> {
    if (seconds < 0) return;
    this.walk.gatehouse.pass(seconds);
    for (const caller of this.callers) await checkScopes(this.walk, caller);
  }

  private async look(id: string): Promise<Json> {
    return (await this.asAdmin('GET', `${allKeys}/${id}`)).body;
  }

  private asAdmin(method: string, path: string, body?: object): Promise<Answer> {
    const { gatehouse } = this.walk;
    return gatehouse.send(method, path, { headers: { 'x-api-key': gatehouse.adminKey }, body });
  }

  private settingsOf({ scopes, end, ...rest }: KeyWish, held: readonly string[]): object {
    return { ...rest, scopes: scopesOf(scopes, held), expiresAt: this.timeOf(end) };
  }

  private timeOf(end: EndWish): string | null | undefined {
    if (end === null || end === undefined) return end;
    const { gatehouse, exp } = this.walk;
    return timeOf('afterExp' in end ? exp + end.afterExp * 1000 : gatehouse.now() + end.fromNow * 1000);
  }
}

function scopesOf(wish: KeyWish['scopes'], held: readonly string[]): readonly string[] | null | undefined {
  if (wish === null || wish === undefined || !('held' in wish)) return wish;
  return [...new Set(wish.held.map((index) => held[index % held.length] ?? 'notes:read'))];
}

/** Those of its role if it has none of its own. */
function scopesIn({ role, scopes }: Json): string[] {
  if (scopes) return scopes;
  if (role === 'admin') return ['*:*', 'admin:*'];
  return role === 'write_agent' ? ['*:read', '*:write'] : role === 'read_only' ? ['*:read'] : [];
}

function endOf({ expiresAt }: Json): number {
  return expiresAt === null ? Infinity : Date.parse(expiresAt);
}

function timeOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
