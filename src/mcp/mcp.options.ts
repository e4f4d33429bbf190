import { type CanActivate, ConfigurableModuleBuilder, type Type } from '@nestjs/common';
import { z } from 'zod';
import { isWebOrigin } from '../auth/credentials/cross-site.js';
import type { CallerRequirements } from '../auth/gatehouse.js';
import { Authenticated } from '../auth/guards.js';
import { checkModuleOptions } from '../auth/options/check-module-options.js';
import { type CallerKind, callerKinds, guardMark } from '../auth/route-rules.js';
import { isScope, type Scope, scopeRule } from '../principal/scopes.js';

/** What a call of a tool, a resource or a prompt needs. */
export interface CallRequirements extends CallerRequirements {
  /** Guards of Gatehouse that must admit the kind of caller, like `[UserOnly]`. */
  readonly guards?: readonly Type<CanActivate>[];
  /** Writes every call to the audit trail, before it is made; with `'arguments'` what it is called with, too. */
  readonly audited?: boolean | 'arguments';
}

/** Options of `GatehouseMcpModule`: one MCP server. */
export interface McpModuleOptions {
  /** The URL of the endpoint as people paste it into clients, byte for byte. Tokens of people must be issued for it (RFC 8707). */
  readonly resource: string;
  /** The issuer URLs of the authorization servers where people log in. Without one, clients are not sent to a login. */
  readonly authorizationServers?: readonly string[];
  /**
   * Audiences that stand for `resource` at an issuer that cannot name it, such as the id of the application at Entra; a token needs one
   * of them. By default `resource` alone.
   */
  readonly audiences?: readonly string[];
  /** The scopes that clients can ask for, each with what it allows in a few words. */
  readonly scopes?: Readonly<Record<Scope, string>>;
  /** What a client asks for at the login, before it calls anything; by default all of `scopes`. */
  readonly loginScopes?: readonly Scope[];
  /** What a scope begins with at the authorization server, but not in its tokens, such as `api://<application id>/` at Entra. */
  readonly scopePrefix?: string;
  /** The name of the server for people. */
  readonly name?: string;
  /** The URL of a page about it for developers. */
  readonly documentation?: string;
  /**
   * Other origins, like `https://inspector.example.com`, whose pages may send requests; with `[]` only that of `resource` may. By default
   * any: a page cannot guess a credential, and browsers add none by themselves.
   */
  readonly allowedOrigins?: readonly string[];
  /** The kinds of credential that the endpoint accepts; by default all. */
  readonly credentials?: readonly CallerKind[];
  /** For a server of the SDK: what tools need, by name. Handlers of MCP-Nest have decorators instead. */
  readonly tools?: Readonly<Record<string, CallRequirements>>;
  /** The same for prompts. */
  readonly prompts?: Readonly<Record<string, CallRequirements>>;
  /** The same for resources, by URI or URI template (RFC 6570). */
  readonly resources?: Readonly<Record<string, CallRequirements>>;
}

/** Token of the checked options. */
export const mcpOptions = Symbol('McpModuleOptions');

export const { ConfigurableModuleClass: ConfigurableMcpModule, MODULE_OPTIONS_TOKEN: givenMcpOptions } =
  new ConfigurableModuleBuilder<McpModuleOptions>()
    .setClassMethodName('forRoot')
    .setExtras({}, (definition) => ({ ...definition, global: true }))
    .build();

const scope = z
  .string()
  .refine(isScope, { error: ({ input }) => `"${String(input)}" is no scope: ${scopeRule}.` });
const url = (name: string) => {
  const rule = `${name} is an https URL without user, query and fragment; http is accepted for loopback hosts.`;
  return z.string(rule).refine(isGoodUrl, rule);
};
const originsRule =
  "allowedOrigins is a list of origins as browsers send them: ['https://app.example.com'], without a path.";
const credentials = callerKinds.map((kind) => `'${kind}'`).join(', ');

const callSchema = z.strictObject({
  scopes: z.array(scope, "scopes of a call is a list: ['notes:read'].").optional(),
  role: z.string('role of a call is a text.').optional(),
  allowBounded: z.boolean('allowBounded is true or false.').optional(),
  unmetered: z.boolean('unmetered is true or false.').optional(),
  guards: z
    .array(
      z.custom(
        isGuard,
        'guards of a call are guards of Gatehouse, without an admit() of their own: [UserOnly].',
      ),
      'guards of a call is a list.',
    )
    .optional(),
  audited: z
    .union([z.boolean(), z.literal('arguments')], "audited is true, false or 'arguments'.")
    .optional(),
} satisfies Record<keyof CallRequirements, z.ZodType>);
const calls = (name: string) =>
  z
    .record(z.string(), callSchema, `${name} is an object: ${name}: { name: { scopes: ['notes:read'] } }.`)
    .optional();

const optionsSchema = z.strictObject({
  resource: url('resource'),
  authorizationServers: z
    .array(url('authorizationServers'), 'authorizationServers is a list of URLs.')
    .optional(),
  audiences: z
    .array(
      z.string('audiences is a list of texts.').min(1, 'audiences has no empty text.'),
      'audiences is a list of texts.',
    )
    .min(1, 'audiences is not empty; leave it out for the resource alone.')
    .optional(),
  scopePrefix: z
    .string('scopePrefix is a text.')
    .regex(/^[\x21\x23-\x5B\x5D-\x7E]*$/, 'scopePrefix has no spaces and quotes.')
    .optional(),
  scopes: z
    .record(z.string(), z.string(), "scopes is an object: { 'notes:read': 'Read your notes' }.")
    .superRefine((scopes, context) => {
      for (const one of Object.keys(scopes).filter((text) => !isScope(text)))
        context.addIssue({ code: 'custom', message: `"${one}" is no scope: ${scopeRule}.` });
    })
    .optional(),
  loginScopes: z.array(scope, "loginScopes is a list: ['notes:read'].").optional(),
  name: z.string('name is a text.').min(1, 'name is not empty.').optional(),
  documentation: url('documentation').optional(),
  allowedOrigins: z.array(z.custom(isWebOrigin, originsRule), originsRule).optional(),
  credentials: z
    .array(
      z.enum(callerKinds, `credentials is a list of ${credentials}.`),
      `credentials is a list of ${credentials}.`,
    )
    .min(1, 'credentials is not empty; leave it out to accept all.')
    .optional(),
  tools: calls('tools'),
  prompts: calls('prompts'),
  resources: calls('resources'),
} satisfies Record<keyof McpModuleOptions, z.ZodType>);

/** Throws an `Error` that names everything wrong. */
export function checkMcpOptions(options: unknown): McpModuleOptions {
  checkModuleOptions('GatehouseMcpModule', optionsSchema, options);
  const checked = options as McpModuleOptions;
  const { scopes = {}, loginScopes = [] } = checked;
  const unknown = loginScopes.filter((one) => scopes[one] === undefined);
  if (unknown.length > 0)
    throw new Error(
      `The options of GatehouseMcpModule are invalid:\n  loginScopes: ${unknown.join(', ')} not in scopes.`,
    );
  return checked;
}

function isGoodUrl(text: string): boolean {
  if (!URL.canParse(text) || /[\s"\\#?]/.test(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  if (username !== '' || password !== '') return false;
  return (
    protocol === 'https:' || (protocol === 'http:' && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname))
  );
}

/** What a guard of the application asks for beyond the kinds of callers would not be asked: no request runs it. */
function isGuard(guard: unknown): boolean {
  if (typeof guard !== 'function' || !(guardMark in guard)) return false;
  const { admit, canActivate } = guard.prototype as Record<string, unknown>;
  return admit === Authenticated.prototype['admit'] && canActivate === Authenticated.prototype.canActivate;
}
