import { type CanActivate, Injectable, type Type } from '@nestjs/common';
import { PATH_METADATA } from '@nestjs/common/constants.js';
import { ExternalContextCreator, HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import type { GuardsContextCreator } from '@nestjs/core/guards/index.js';
import { BoundedJson } from '../../http/validation.js';
import { ExpressRouterView } from './express-router.view.js';
import { FastifyRouterView } from './fastify-router.view.js';
import type { MatchedRoute, RouterView } from './matched-route.js';

/** A route of the application. */
export interface FoundRoute extends MatchedRoute {
  /** `undefined` for a route that is none of a controller, such as a document. */
  readonly target: RouteTarget | undefined;
}

export interface RouteTarget {
  readonly controller: Type;
  readonly method: object;
  /** In the order in which a request meets them: of the application, the controller, the method. */
  readonly guards: readonly CanActivate[];
}

interface Candidate {
  readonly moduleKey: string;
  readonly controller: Type;
  readonly instance: Record<string, object>;
}

/** Finds the route that a request would reach, by the application's own router, and the guards on the way. */
@Injectable()
export class RouteFinder {
  private view: RouterView | undefined;

  constructor(
    private readonly adapterHost: HttpAdapterHost,
    private readonly modules: ModulesContainer,
    private readonly contexts: ExternalContextCreator,
  ) {
    this.watch();
  }

  /** To be called before routes are registered; an adapter that comes later than the modules is met here. */
  watch(): void {
    this.view ??= this.makeView();
  }

  /** `undefined` where there is no such route. Throws in an application that serves no HTTP. */
  async find(method: string, path: string): Promise<FoundRoute | undefined> {
    if (this.view === undefined) throw new Error('Routes are known under Fastify and Express only.');
    const route = await this.view.find(method, path);
    return route === undefined ? undefined : { ...route, target: this.targetOf(route) };
  }

  private makeView(): RouterView | undefined {
    const { httpAdapter } = this.adapterHost;
    const type = (httpAdapter as { getType?(): string } | undefined)?.getType?.();
    if (type === 'fastify') return new FastifyRouterView(httpAdapter.getInstance());
    return type === 'express' ? new ExpressRouterView(httpAdapter.getInstance()) : undefined;
  }

  private targetOf({ pattern, handler }: MatchedRoute): RouteTarget | undefined {
    const dot = handler.lastIndexOf('.');
    const name = handler.slice(dot + 1);
    const candidates = this.controllersNamed(handler.slice(0, Math.max(0, dot)), name);
    const found = closest(candidates, name, pattern);
    const method = found?.instance[name];
    if (found === undefined || method === undefined) return undefined;
    const { controller, instance, moduleKey } = found;
    return { controller, method, guards: this.guardsOf(instance, method, moduleKey) };
  }

  private controllersNamed(className: string, method: string): Candidate[] {
    return [...this.modules].flatMap(([moduleKey, module]) =>
      [...module.controllers.values()]
        .filter(({ name }) => name === className)
        .map(({ metatype, instance }) => ({
          moduleKey,
          controller: metatype as Type,
          instance: instance as unknown as Record<string, object>,
        }))
        .filter(({ instance }) => typeof instance[method] === 'function'),
    );
  }

  /** Asks the part of Nest that gathers them for every request; it has no public name. */
  private guardsOf(instance: object, method: object, moduleKey: string): CanActivate[] {
    const { guardsContextCreator } = this.contexts as unknown as {
      guardsContextCreator: GuardsContextCreator;
    };
    const guards: CanActivate[] = guardsContextCreator.create(instance as never, method as never, moduleKey);
    // A body is no part of what is explained.
    return guards.filter((guard) => !(guard instanceof BoundedJson));
  }
}

/** Tells controllers of one name apart: the one of whose own paths the pattern has the longest at its end. */
function closest(candidates: readonly Candidate[], name: string, pattern: string): Candidate | undefined {
  const fit = (candidate: Candidate) =>
    Math.max(
      ...pathsOf(candidate, name)
        .filter((path) => plain(pattern).endsWith(path))
        .map(({ length }) => length),
      -1,
    );
  return [...candidates].sort((one, other) => fit(other) - fit(one))[0];
}

function pathsOf({ controller, instance }: Candidate, name: string): string[] {
  const read = (target: object) => [Reflect.getMetadata(PATH_METADATA, target) as string | string[]].flat();
  return read(controller).flatMap((path) =>
    read(instance[name] ?? controller).map((rest) => plain(`${path}/${rest}`)),
  );
}

function plain(path: string): string {
  return `/${path.split('/').filter(Boolean).join('/')}`;
}
