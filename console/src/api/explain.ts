import { dataOf, GatehouseError } from '../../../src/client/index.js';
import type { Schemas, Session } from '../session.js';
import { keysOf, type Realm } from './keys.js';

export type Explanation = Schemas['KeyExplanation'];
export type Check = Schemas['ExplainedCheck'];
export type Method = Schemas['ExplainRequest']['method'];

export interface Question {
  /** A whole key, its prefix, or its id. */
  readonly key: string;
  readonly method: Method;
  readonly path: string;
  readonly ip: string;
}

const isId = (text: string) => /^[\da-f]{8}-[\da-f-]{27}$/i.test(text);
/** A whole key, or a token: it goes into the body of the request, and never into the address of the page. */
export const isSecret = (text: string) => /_\w{40,}$/.test(text) || text.split('.').length === 3;

export async function explain(session: Session, question: Question): Promise<Explanation> {
  const { method, path, ip } = question;
  const named = isSecret(question.key)
    ? secretOf(question.key)
    : { keyId: await idOf(session, question.key) };
  const body = { ...named, method, path, agentContext: false, ...(ip !== '' && { ip }) };
  return dataOf(session.client.POST('/api/v1/auth/explain', { body }));
}

function secretOf(text: string) {
  return text.startsWith('eyJ') ? { token: text } : { key: text };
}

async function idOf(session: Session, text: string): Promise<string> {
  if (isId(text)) return text;
  const realms: readonly Realm[] = session.isAdmin
    ? ['admin']
    : session.isPerson
      ? ['me', 'owner']
      : ['owner'];
  for (const realm of realms) {
    const { keys } = await keysOf(session, realm).list({ search: text, limit: 20 });
    const found = keys.find(({ prefix }) => prefix === text) ?? (keys.length === 1 ? keys[0] : undefined);
    if (found !== undefined) return found.id;
  }
  throw new Error('No one key has this prefix. Paste the id of the key, or all of its prefix.');
}

/** In words what a check saw, and what would have to change for it to pass. */
export function detailOf({ check, outcome, saw, message }: Check): string {
  if (outcome === 'skipped') return message;
  const text = sightOf(check, saw);
  if (outcome === 'pass') return text ?? message;
  const remedy = remedies[check]?.(saw);
  return [text ?? message.replace(/\.$/, ''), remedy].filter((part) => part !== undefined).join(' — ');
}

type Saw = Check['saw'];
const words = (value: unknown) => (Array.isArray(value) && value.length > 0 ? value.join(', ') : 'none');

function sightOf(check: string, saw: Saw): string | undefined {
  const { state } = saw as { state?: { remaining: number; limit: number; windowSeconds: number } | null };
  switch (check) {
    case 'ip':
      return saw.allowedIps === null
        ? 'any address'
        : `${String(saw.ip ?? 'no address')} against ${words(saw.allowedIps)}`;
    case 'scopes':
      return `the route needs ${words(saw.required)}; the key has ${words(saw.granted)}`;
    case 'expiry':
      return saw.expiresAt === null
        ? 'does not expire'
        : `until ${new Date(String(saw.expiresAt)).toLocaleString()}`;
    case 'revoked':
      return typeof saw.revokedAt === 'string'
        ? `revoked ${new Date(saw.revokedAt).toLocaleString()}${saw.reason === null ? '' : `: ${String(saw.reason)}`}`
        : undefined;
    case 'known':
      return typeof saw.prefix === 'string' ? saw.prefix : undefined;
    case 'route':
      return typeof saw.route === 'string' ? `${String(saw.method)} ${saw.route}` : undefined;
    case 'role':
      return `requires ${words(saw.required)}; has ${String(saw.role ?? 'none')}`;
    case 'rate_limit':
      return state ? `${state.remaining} of ${state.limit} left in ${state.windowSeconds} s` : 'no limit';
    default:
      return undefined;
  }
}

const remedies: Readonly<Record<string, (saw: Saw) => string>> = {
  route: () => 'check the method and the path',
  format: () => 'send the key as it was created, without spaces or quotes',
  checksum: () => 'a character is wrong or missing: copy the key again',
  known: () => 'it was never issued here; is it from another environment?',
  revoked: () => 'a revoked key stays revoked: create another',
  enabled: () => 'enable the key',
  expiry: () => 'create a key with a later expiry',
  owner: () => 'enable its owner, or its user',
  environment: (saw) => `only ${String(saw.onlyGood)} keys are accepted here`,
  ip: (saw) => `add ${String(saw.ip ?? 'the address')} to the key’s networks, or send from one of them`,
  address: () => 'its address sent too many bad credentials: wait a minute',
  confinement: () => 'an agent must use a tool key, not a person’s',
  membership: () => 'its user must be a member of the owner it asks for',
  bounds: () => 'the route must declare a scope to admit a bounded key',
  guard: () => 'this kind of caller may not use the route',
  role: () => 'use a key with that role',
  scopes: (saw) => `add ${words(saw.missing)} to its scopes`,
  rate_limit: () => 'wait for the next window, or raise the limit',
  budget: () => 'issue another tool key with more calls',
  lease: () => 'the agent missed three heartbeats: issue another key',
};

export function isUnknownKey(error: unknown): boolean {
  return error instanceof GatehouseError && error.code === 'NOT_FOUND';
}
