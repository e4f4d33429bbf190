import { z } from 'zod';
import { readJwksUrl } from '../jwt/fetch-jwks.js';
import type { ApiKey } from '../key-store/api-key.entity.js';
import { effectiveScopes } from '../principal/grants.js';
import { isAdmin } from '../principal/scopes.js';

export const leakActions = ['revoke', 'disable', 'notify'] as const;
export type LeakAction = (typeof leakActions)[number];

/** What happens to a key that was reported as leaked, by its kind. `admin` is a service key with all scopes of that role. */
export interface LeakPolicy {
  /** The key of a person. While it is disabled, the person creates no other one. */
  readonly personal?: 'revoke' | 'disable' | 'notify';
  /** The named and scoped keys of a person. */
  readonly access?: 'revoke' | 'disable' | 'notify';
  /** The keys of an owner. */
  readonly service?: 'revoke' | 'disable' | 'notify';
  /** The keys of agents, which cannot be disabled. */
  readonly tool?: 'revoke' | 'notify';
  /** By default `notify`: a report could lock the operator out. */
  readonly admin?: 'revoke' | 'disable' | 'notify';
}

export type LeakedKind = keyof LeakPolicy;

/** An admin key is not ended by default: a report could lock the operator out in the middle of an incident. */
export const defaultLeakPolicy: Required<LeakPolicy> = {
  personal: 'revoke',
  access: 'revoke',
  service: 'revoke',
  tool: 'revoke',
  admin: 'notify',
};

export const leakedKinds = Object.keys(defaultLeakPolicy) as LeakedKind[];

/** Reports of leaked keys. */
export interface LeaksOptions {
  /** What happens to a key; by default `revoke`, except `notify` for `admin`. */
  readonly policy?: LeakPolicy;
  /**
   * The URL of GitHub's public keys for secret scanning. It mounts `POST /api/v1/leaks/github`, for which the application must
   * be created with `rawBody: true`.
   */
  readonly githubKeysUrl?: string;
}

/** Injection token of `LeaksOptions`. */
export const leaksOptions = Symbol('leaksOptions');

export function actionsFor(kind: LeakedKind): readonly LeakAction[] {
  return kind === 'tool' ? leakActions.filter((action) => action !== 'disable') : leakActions;
}

export const githubKeysUrlRule = 'must be an https URL (http for this machine only), without a password';

export function isGithubKeysUrl(text: string): boolean {
  try {
    readJwksUrl(text, '');
    return true;
  } catch {
    return false;
  }
}

/** The schema of the option `leaks`. Its faults say what to write instead. */
export const leaksOptionsSchema = z
  .unknown()
  .superRefine((leaks, context) => {
    const { policy = {}, githubKeysUrl, ...others } = isObject(leaks) ? leaks : { policy: undefined };
    if ((leaks !== undefined && !isObject(leaks)) || !isObject(policy) || Object.keys(others).length > 0)
      return context.addIssue('leaks is an object: leaks: { policy: { service: … }, githubKeysUrl }.');
    for (const [kind, action] of Object.entries(policy)) {
      if (!isKind(kind))
        context.addIssue(
          `leaks.policy has no kind ${kind.slice(0, 50)}; there are ${leakedKinds.join(', ')}.`,
        );
      else if (action !== undefined && !actionsFor(kind).includes(action as LeakAction))
        context.addIssue(`leaks.policy.${kind} is one of ${quoted(actionsFor(kind))}.`);
    }
    const isUrl =
      githubKeysUrl === undefined || (typeof githubKeysUrl === 'string' && isGithubKeysUrl(githubKeysUrl));
    if (!isUrl) context.addIssue(`leaks.githubKeysUrl ${githubKeysUrlRule}.`);
  })
  .optional();

export function isKind(name: string): name is LeakedKind {
  return (leakedKinds as readonly string[]).includes(name);
}

/** The kind of an API key in the policy. A key of a user never has more than the user, who is no admin of the platform. */
export function kindOfApiKey(key: ApiKey): LeakedKind {
  return key.kind === 'service' && isAdmin({ scopes: effectiveScopes(key) }) ? 'admin' : key.kind;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `'${name}'`).join(', ');
}
