import {
  type Asker,
  canRevoke,
  created,
  narrowed,
  patched,
  replacedIn,
  restricted,
  restrictPerson,
} from './access-key-moves.js';
import {
  canAct,
  free,
  type ModelKey,
  type ModelWorld,
  type OwnerIndex,
  rightsOfPerson,
  spellScopes,
} from './access-key-oracle.js';
import { bodyOf, type Membership, type PlacedStep, type Wish } from './access-key-steps.js';
import type { Services } from './access-key-world.js';
import { by as keyHeader, type Headers } from './agents.js';
import type { Answer, Gatehouse } from './gatehouse.js';

const mine = '/api/v1/me/api-keys';
const admin = '/api/v1/admin';
let people = 0;

/** One person with a personal key, its own owner, and that of another person; and what the model knows of them. */
export class Play {
  /** How often each kind of step was let through. */
  readonly letThrough: Record<string, number> = {};

  private constructor(
    readonly services: Services,
    readonly world: ModelWorld,
    readonly ownerIds: readonly [string, string],
    private readonly emails: readonly [string, string],
    private readonly personalId: string,
    private readonly hostId: string,
  ) {}

  static async begin(services: Services): Promise<Play> {
    const [first] = services.replicas as [Gatehouse];
    const emails = [`holder-${(people += 1)}@example.com`, `host-${people}@example.com`] as const;
    const me = (email: string) => first.send('GET', '/api/v1/auth/me', { headers: first.bearer(email) });
    const [{ body: holder }, { body: host }] = [await me(emails[0]), await me(emails[1])];
    const made = await first.send('POST', '/api/v1/auth/api-keys', { headers: first.bearer(emails[0]) });
    const world: ModelWorld = {
      now: first.now(),
      userId: holder.userId,
      isUserOn: true,
      ownersOn: [true, true],
      membership: null,
      personal: { ...free, isOn: true },
      keys: [],
    };
    return new Play(services, world, [holder.ownerId, host.ownerId], emails, made.body.id, host.userId);
  }

  /** Asks for the step, and expects the verdict of the model. */
  async take(step: PlacedStep): Promise<void> {
    const isLetThrough = await this.perform(step, this.replica(step.on));
    if (isLetThrough) this.letThrough[step.do] = (this.letThrough[step.do] ?? 0) + 1;
  }

  /** Resolves when all replicas know of what was changed on this one: they confirm the receipt of a later request. */
  async settle(on: number): Promise<void> {
    const at = this.replica(on);
    const path = `${admin}/users/${this.hostId}/enable?wait=true`;
    const { body } = await at.send('POST', path, { headers: keyHeader(at.adminKey) });
    if (body.replicas.confirmed !== this.services.replicas.length)
      throw new Error('A replica did not confirm.');
  }

  replica(on: number): Gatehouse {
    const { replicas } = this.services;
    return replicas[on % replicas.length] as Gatehouse;
  }

  private async perform(step: PlacedStep, at: Gatehouse): Promise<boolean> {
    const { world, services, ownerIds } = this;
    const { keys } = world;
    switch (step.do) {
      case 'join':
        services.members.set(`${world.userId} of ${ownerIds[1]}`, step.as);
        world.membership = rightsIn(step.as);
        return true;
      case 'leave':
        services.members.delete(`${world.userId} of ${ownerIds[1]}`);
        world.membership = null;
        return true;
      case 'pass':
        at.pass(step.seconds);
        world.now = at.now();
        return true;
      case 'switch owner': {
        world.ownersOn[step.owner] = step.enabled;
        return this.asAdmin(at, true, 'POST', `owners/${ownerIds[step.owner]}/${switching(step)}`);
      }
      case 'switch user':
        world.isUserOn = step.enabled;
        return this.asAdmin(at, true, 'POST', `users/${world.userId}/${switching(step)}`);
      case 'restrict person':
        restrictPerson(world, step.wish);
        return this.asAdmin(at, true, 'PATCH', `api-keys/${this.personalId}`, bodyOf(at, step.wish));
      case 'refresh personal key': {
        const { isOn, end } = world.personal;
        const isExpected = canAct(world, 0) && isOn && world.now < end;
        const headers = this.headersOf(at, null, 0);
        return expected(isExpected, await at.send('POST', '/api/v1/auth/api-keys/refresh', { headers }));
      }
      case 'create':
        return this.create(at, this.askerAt(step.by), step.owner, step.wish);
    }
    const key = keyAt(keys, step.at);
    if (key === undefined) return false;
    const index = keys.indexOf(key);
    const path = `${mine}/${key.id}`;
    if (step.do === 'restrict key') {
      const changed = restricted(world, key, step.wish);
      if (changed !== null) keys[index] = changed;
      return this.asAdmin(at, changed !== null, 'PATCH', `api-keys/${key.id}`, bodyOf(at, step.wish));
    }
    if (step.do === 'revoke') {
      const asker = step.by === 'administrator' ? step.by : this.askerAt(step.by);
      const isExpected = canRevoke(world, asker, key);
      const headers =
        asker === 'administrator' ? at.bearer(this.emails[1]) : this.headersOf(at, asker, key.owner);
      const to = asker === 'administrator' ? path.replace('/me/', '/members/') : path;
      if (isExpected) keys[index] = { ...key, isRevoked: true };
      return expected(isExpected, await at.send('DELETE', to, { headers }));
    }
    const asker = this.askerAt(step.by);
    const headers = this.headersOf(at, asker, key.owner);
    if (step.do === 'rotate') return this.rotate(at, asker, key, step.overlapSeconds);
    const changed =
      step.do === 'patch' ? patched(world, asker, key, step.wish) : narrowed(world, asker, key, step.scopes);
    const answer =
      step.do === 'patch'
        ? at.send('PATCH', path, { headers, body: bodyOf(at, step.wish) })
        : at.send('POST', `${path}/narrow`, { headers, body: { scopes: step.scopes } });
    if (changed !== null) keys[index] = changed;
    return expected(changed !== null, await answer);
  }

  private async create(at: Gatehouse, asker: Asker, wanted: OwnerIndex, wish: Wish): Promise<boolean> {
    const owner = asker?.owner ?? wanted;
    const key = created(this.world, asker, owner, wish);
    const headers = this.headersOf(at, asker, owner);
    const answer = await at.send('POST', mine, { headers, body: { name: 'made', ...bodyOf(at, wish) } });
    const { id, key: secret } = answer.body;
    if (key !== null) this.world.keys.push({ ...key, id, secret, window: key.window ?? id });
    return expected(key !== null, answer);
  }

  private async rotate(at: Gatehouse, asker: Asker, key: ModelKey, overlapSeconds: number): Promise<boolean> {
    const { keys, now } = this.world;
    const window = replacedIn(this.world, asker, key);
    const headers = this.headersOf(at, asker, key.owner);
    const answer = await at.send('POST', `${mine}/${key.id}/rotate`, { headers, body: { overlapSeconds } });
    if (window !== null) {
      const end = overlapSeconds > 0 ? Math.min(key.end, now + overlapSeconds * 1000) : key.end;
      keys[keys.indexOf(key)] = { ...key, end, isRevoked: overlapSeconds === 0, isReplaced: true };
      keys.push({ ...key, id: answer.body.id, secret: answer.body.key, window });
    }
    return expected(window !== null, answer);
  }

  private askerAt(by: number | null): Asker {
    return by === null ? null : (keyAt(this.world.keys, by) ?? null);
  }

  private headersOf(at: Gatehouse, asker: Asker, owner: OwnerIndex): Headers {
    if (asker !== null) return keyHeader(asker.secret);
    return { ...at.bearer(this.emails[0]), 'x-owner-id': this.ownerIds[owner] };
  }

  private async asAdmin(at: Gatehouse, isExpected: boolean, method: string, path: string, body?: object) {
    const headers = keyHeader(at.adminKey);
    return expected(isExpected, await at.send(method, `${admin}/${path}`, { headers, body }));
  }
}

/** The newest has the place 0. */
const keyAt = (keys: readonly ModelKey[], place: number) => keys.at(-1 - (place % Math.max(1, keys.length)));

const switching = ({ enabled }: { readonly enabled: boolean }) => (enabled ? 'enable' : 'disable');

function rightsIn({ scopes, role }: Membership) {
  if (scopes !== undefined) return spellScopes(scopes);
  if (role === undefined) return rightsOfPerson;
  return spellScopes(role === 'read_only' ? ['*:read'] : ['*:read', '*:write']);
}

function expected(isExpected: boolean, { status, text }: Answer): boolean {
  const isLetThrough = status < 400;
  if (isLetThrough !== isExpected || status >= 500)
    throw new Error(`Expected to be ${isExpected ? 'let through' : 'rejected'}: ${status} ${text}`);
  return isLetThrough;
}
