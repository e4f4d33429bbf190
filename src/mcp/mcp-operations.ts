import { type CanActivate, Inject, Injectable, Logger, SetMetadata, type Type } from '@nestjs/common';
import { MetadataScanner, ModulesContainer } from '@nestjs/core';
import {
  admitsBounded,
  admittedMark,
  type CallerKind,
  callerKindOf,
  callerKinds,
  type GuardClass,
  noRules,
  ourGuards,
  type RouteRules,
  rulesOfRoute,
} from '../auth/route-rules.js';
import type { AuthenticatedUser } from '../principal/authenticated-user.js';
import { isBounded } from '../principal/authenticated-user.js';
import { scopesLackedBy, scopesOfRole } from '../principal/scopes.js';
import { Clock } from '../support/clock.js';
import { ThrottledLog } from '../support/throttle.js';
import type { Named } from './mcp-message.js';
import { type CallRequirements, type McpModuleOptions, mcpOptions } from './mcp.options.js';
import { ResourceMatcher } from './resource-matcher.js';

const auditedMetadata = 'gatehouse:audited';

/**
 * Writes every call of an MCP-Nest handler, or of all handlers of a controller, to the audit trail, before it is made: if that fails,
 * the call is not made and gets 503. By default calls are sampled. `arguments: true` keeps what it is called with, without secrets.
 */
export const Audited = (options: { readonly arguments?: boolean } = {}): MethodDecorator & ClassDecorator =>
  SetMetadata(auditedMetadata, options.arguments === true ? 'arguments' : true);

/** What a call needs. Roles are spelled out as scopes, so that a client can ask for them. */
export interface CallRules extends Pick<RouteRules, 'scopes' | 'isUnmetered'> {
  /** What declares it: there are as many as declarations, while callers may send any number of URIs. */
  readonly declaredAs: string;
  readonly kinds: readonly CallerKind[];
  /** Whether it says what a bounded token needs. */
  readonly admitsBounded: boolean;
  readonly audited: boolean | 'arguments';
}

const kinds = { tools: 'tool', prompts: 'prompt', resources: 'resource' } as const;

/** The metadata of `@Tool`, `@Prompt`, `@Resource` and `@ResourceTemplate` of MCP-Nest. */
const handlerMetadata = [
  ['mcp:tool', 'tool'],
  ['mcp:prompt', 'prompt'],
  ['mcp:resource', 'resource'],
  ['mcp:resource-template', 'resource'],
] as const;

/** Every tool, prompt and resource that is declared, by the options or by a handler of MCP-Nest, and what it needs. */
@Injectable()
export class McpOperations {
  private readonly logger = new Logger('GatehouseMcpModule');
  private readonly log: ThrottledLog;
  private readonly declared = { tool: newMap(), prompt: newMap(), resource: newMap() };
  private readonly resources: ResourceMatcher;

  constructor(@Inject(mcpOptions) options: McpModuleOptions, modules: ModulesContainer, clock: Clock) {
    this.log = new ThrottledLog(clock);
    for (const [list, kind] of Object.entries(kinds) as [keyof typeof kinds, Named['kind']][]) {
      for (const [name, needs] of Object.entries(options[list] ?? {}))
        this.declare({ kind, name }, rulesOf(needs));
    }
    for (const { named, rules } of handlersIn(modules)) this.declare(named, rules);
    this.resources = new ResourceMatcher(this.declared.resource.keys());
  }

  /** What a call needs, of everything that the server may take the name for; `undefined` where nothing declares it. */
  rulesFor(named: readonly Named[]): CallRules | undefined {
    const found: CallRules[] = [];
    for (const one of named) {
      const rules = this.find(one);
      if (rules === undefined) return this.warnOf(one);
      found.push(rules);
    }
    return together(found);
  }

  private warnOf(undeclared: Named): undefined {
    this.log.note(undeclared.kind, (more) => this.logger.warn(undeclaredMessage(undeclared, more)));
  }

  /** Whether the caller may call what a list names. */
  admits(user: AuthenticatedUser, named: Named): boolean {
    const needs = this.find(named);
    if (needs === undefined) return false;
    return isCallerFor(user, needs) && scopesLackedBy(user, needs.scopes).length === 0;
  }

  /** What is declared more than once needs what each declaration asks for. */
  private declare({ kind, name }: Named, needs: Omit<CallRules, 'declaredAs'>): void {
    const rules = { ...needs, declaredAs: `${kind} ${name}` };
    const known = this.declared[kind].get(name);
    this.declared[kind].set(name, known === undefined ? rules : together([known, rules]));
  }

  private find({ kind, name }: Named): CallRules | undefined {
    const declared = this.declared[kind];
    if (kind !== 'resource') return declared.get(name);
    // A template, too, is listed and completed by what it could be read as.
    const rules = this.resources.matches(name).flatMap((uri) => declared.get(uri) ?? []);
    return rules.length === 0 ? undefined : together(rules);
  }
}

/** Whether such a caller may make the call at all, whatever its scopes. */
export function isCallerFor(user: AuthenticatedUser, { kinds, admitsBounded }: CallRules): boolean {
  return kinds.includes(callerKindOf(user)) && (admitsBounded || !isBounded(user.source));
}

function newMap(): Map<string, CallRules> {
  return new Map();
}

/** Those that record more come first. */
const auditedLevels = ['arguments', true] as const;

function together(rules: readonly CallRules[]): CallRules {
  const [first] = rules;
  if (rules.length === 1 && first !== undefined) return first;
  return {
    declaredAs: [...new Set(rules.map(({ declaredAs }) => declaredAs))].join(', '),
    scopes: [...new Set(rules.flatMap(({ scopes }) => scopes))],
    kinds: callerKinds.filter((kind) => rules.every((one) => one.kinds.includes(kind))),
    admitsBounded: rules.every((one) => one.admitsBounded),
    isUnmetered: rules.length > 0 && rules.every((one) => one.isUnmetered),
    audited: auditedLevels.find((one) => rules.some(({ audited }) => audited === one)) ?? false,
  };
}

function rulesOf({
  scopes = [],
  role,
  allowBounded,
  unmetered,
  guards = [],
  audited,
}: CallRequirements): Omit<CallRules, 'declaredAs'> {
  const roles = role === undefined ? [] : [role];
  const rules = { ...noRules, scopes, roles, guards: ourGuards(guards) };
  return callRulesOf(
    { ...rules, allowsBounded: allowBounded ?? false, isUnmetered: unmetered ?? false },
    audited,
  );
}

function callRulesOf(
  rules: RouteRules,
  audited: CallRules['audited'] = false,
): Omit<CallRules, 'declaredAs'> {
  const { scopes, roles, guards, isUnmetered } = rules;
  return {
    scopes: [...new Set([...scopes, ...roles.flatMap((role) => scopesOfRole[role])])],
    kinds: callerKinds.filter((kind) =>
      guards.every((guard: GuardClass) => guard[admittedMark].includes(kind)),
    ),
    admitsBounded: admitsBounded(rules),
    isUnmetered,
    audited,
  };
}

/** The handlers of MCP-Nest in all controllers, with what decorators on them and on their controllers say. */
function handlersIn(modules: ModulesContainer) {
  const wrappers = [...modules.values()].flatMap(({ controllers }) => [...controllers.values()]);
  const classes = new Set(wrappers.map(({ metatype }) => metatype as Type));
  const scanner = new MetadataScanner();
  return [...classes].flatMap((type) =>
    scanner.getAllMethodNames(type.prototype as object).flatMap((method) => {
      const handler = (type.prototype as Record<string, CanActivate['canActivate']>)[method] as object;
      const audited = [handler, type]
        .map((target) => Reflect.getMetadata(auditedMetadata, target) as CallRules['audited'] | undefined)
        .find((one) => one !== undefined);
      return handlerMetadata.flatMap(([key, kind]) => {
        const found = Reflect.getMetadata(key, handler) as Record<string, unknown> | undefined;
        if (found === undefined) return [];
        const name = String(found.uriTemplate ?? found.uri ?? found.name ?? method);
        return [{ named: { kind, name }, rules: callRulesOf(rulesOfRoute(type, handler), audited) }];
      });
    }),
  );
}

function undeclaredMessage({ kind, name }: Named, more: string): string {
  const shown = JSON.stringify(name.slice(0, 100));
  return `Rejected: neither an option nor a handler declares the ${kind} ${shown}${more}. If it exists, add it to the option ${kind}s.`;
}
