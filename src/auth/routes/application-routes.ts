import { type HandlerBesideHttp, handlersBesideHttp } from './handlers-beside-http.js';
import { accessOf, type RouteAccess } from './route-access.js';
import {
  type CanActivate,
  type ControllerOptions,
  Inject,
  Injectable,
  Optional,
  RequestMethod,
  type Type,
  VERSION_NEUTRAL,
  VersioningType,
} from '@nestjs/common';
import {
  GUARDS_METADATA,
  METHOD_METADATA,
  MODULE_PATH,
  PATH_METADATA,
  VERSION_METADATA,
} from '@nestjs/common/constants.js';
import { ApplicationConfig, MetadataScanner, ModulesContainer } from '@nestjs/core';
import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import type { Module } from '@nestjs/core/injector/module.js';
import { RoutePathFactory } from '@nestjs/core/router/route-path-factory.js';
import { authModuleOptions } from '../auth.module-definition.js';
import type { AuthModuleOptions } from '../auth.options.js';
import { allGuardsOfRoute, includesGuardOf, ourGuards } from '../route-rules.js';

type VersionValue = NonNullable<ControllerOptions['version']>;

/** One method and path of the application; a handler under several paths is as many routes. */
export interface ApplicationRoute {
  /** As HTTP has it, or `ALL`. */
  readonly method: string;
  /** With the prefix of the application and the version that is part of it, e.g. `/api/v1/notes/:id`. */
  readonly path: string;
  /** A version that a header selects, e.g. `2`; `null` for none. */
  readonly version: string | null;
  /** `Controller.method`. */
  readonly handler: string;
  readonly access: RouteAccess;
  readonly target: RouteTarget;
}

/** What answers a route. */
export interface RouteTarget {
  readonly module: Module;
  readonly controller: Type;
  readonly method: object;
}

interface Place {
  readonly module: Module;
  readonly controller: InstanceWrapper;
  readonly globalGuards: readonly unknown[];
}

/** All routes of all controllers of the application, and who may use them. */
@Injectable()
export class ApplicationRoutes {
  private readonly scanner = new MetadataScanner();
  private readonly paths: RoutePathFactory;

  constructor(
    private readonly modules: ModulesContainer,
    private readonly config: ApplicationConfig,
    @Optional() @Inject(authModuleOptions) private readonly options: AuthModuleOptions = {},
  ) {
    this.paths = new RoutePathFactory(config);
  }

  /** Whole only once the application starts: what it sets up for all routes is known no earlier. */
  all(): ApplicationRoute[] {
    const globalGuards = globalGuardsOf(this.modules, this.config);
    return [...this.modules.values()].flatMap((module) =>
      [...module.controllers.values()].flatMap((controller) =>
        this.routesOf({ module, controller, globalGuards }),
      ),
    );
  }

  /** GraphQL operations and messages of sockets. */
  besideHttp(): HandlerBesideHttp[] {
    const globalGuards = globalGuardsOf(this.modules, this.config);
    return handlersBesideHttp(this.modules, (type, method) => this.accessTo(type, method, globalGuards));
  }

  /** The guards that a request meets, in this order: those of the application, of the controller, of the method. */
  guardsOf({ module, controller, method }: RouteTarget): CanActivate[] {
    const named = [controller, method].flatMap(
      (target) => (Reflect.getMetadata(GUARDS_METADATA, target) ?? []) as (Type<CanActivate> | CanActivate)[],
    );
    const ofRoute = named.map((guard) =>
      typeof guard === 'function'
        ? (module.injectables.get(guard)?.instance as CanActivate | undefined)
        : guard,
    );
    return [...this.config.getGlobalGuards(), ...ofRoute].filter((guard) => guard !== undefined);
  }

  private routesOf(place: Place): ApplicationRoute[] {
    const { metatype } = place.controller;
    if (typeof metatype !== 'function') return [];
    const prototype = metatype.prototype as object;
    return this.scanner.getAllMethodNames(prototype).flatMap((name) => this.routesOfMethod(place, name));
  }

  private routesOfMethod({ module, controller, globalGuards }: Place, name: string): ApplicationRoute[] {
    const type = controller.metatype as new () => Record<string, object>;
    const declared = type.prototype[name] as object;
    const methodPaths = Reflect.getMetadata(PATH_METADATA, declared) as string | string[] | undefined;
    if (methodPaths === undefined) return [];
    // What a constructor has put in place of the method, e.g. by `bind`, is what is called, and has no decorators.
    const called = (controller.instance as Record<string, object> | undefined)?.[name] ?? declared;
    const access = this.accessTo(type, called, globalGuards);
    const method = (Reflect.getMetadata(METHOD_METADATA, declared) ?? RequestMethod.GET) as RequestMethod;
    const version = this.versionOf(type, declared);
    return [methodPaths].flat().flatMap((methodPath) =>
      this.pathsOf(module, type, methodPath, method, version).map((path) => ({
        method: RequestMethod[method],
        path,
        version: this.isVersionInPath() ? null : textOf(version),
        handler: `${type.name}.${name}`,
        access,
        target: { module, controller: type, method: called },
      })),
    );
  }

  private accessTo(type: Type, method: object, globalGuards: readonly unknown[]): RouteAccess {
    const guards = [...globalGuards, ...allGuardsOfRoute(type, method)];
    const hasOwnGuard = includesGuardOf(guards, this.options.ownGuards ?? []);
    return accessOf(type, method, ourGuards(globalGuards), hasOwnGuard);
  }

  private pathsOf(
    { metatype }: Module,
    controller: object,
    methodPath: string,
    method: RequestMethod,
    version: VersionValue | undefined,
  ): string[] {
    const modulePath = (Reflect.getMetadata(MODULE_PATH + this.modules.applicationId, metatype) ??
      Reflect.getMetadata(MODULE_PATH, metatype)) as string | undefined;
    const ofController = Reflect.getMetadata(PATH_METADATA, controller) as string | string[];
    return [ofController].flat().flatMap((ctrlPath) =>
      this.paths.create(
        {
          ctrlPath: addLeadingSlash(ctrlPath),
          methodPath: addLeadingSlash(methodPath),
          modulePath,
          globalPrefix: addLeadingSlash(this.config.getGlobalPrefix()),
          methodVersion: version,
          versioningOptions: this.config.getVersioning(),
        },
        method,
      ),
    );
  }

  private versionOf(controller: object, handler: object): VersionValue | undefined {
    const versioning = this.config.getVersioning();
    if (versioning === undefined) return undefined;
    return (Reflect.getMetadata(VERSION_METADATA, handler) ??
      Reflect.getMetadata(VERSION_METADATA, controller) ??
      versioning.defaultVersion) as VersionValue | undefined;
  }

  private isVersionInPath(): boolean {
    return this.config.getVersioning()?.type === VersioningType.URI;
  }
}

/** As Nest joins paths. */
function addLeadingSlash(path: string | undefined): string {
  if (typeof path !== 'string' || path === '') return '';
  return path.startsWith('/') || path.startsWith('{/') ? path : `/${path}`;
}

function textOf(version: VersionValue | undefined): string | null {
  if (version === undefined) return null;
  const named = [version].flat().filter((one) => one !== VERSION_NEUTRAL);
  return named.length === 0 ? null : named.join(', ');
}

/**
 * The guards that are set for all routes, as classes: by `APP_GUARD` and, from the start of the application on, by
 * `app.useGlobalGuards`. What a factory makes is known from the start on, too; one of request scope only by its class.
 */
function globalGuardsOf(modules: ModulesContainer, config: ApplicationConfig): unknown[] {
  const provided = [...modules.values()].flatMap((module) =>
    [...module.providers.values()]
      .filter(({ subtype }) => subtype === 'guard')
      .map(({ metatype }) => metatype as unknown),
  );
  const ofRequests = config.getGlobalRequestGuards().map(({ metatype }) => metatype as unknown);
  // One of `APP_GUARD` is among the provided ones and, once it is created, among the others.
  const classes = [...provided, ...config.getGlobalGuards().map((guard) => guard.constructor), ...ofRequests];
  return [...new Set(classes)];
}
