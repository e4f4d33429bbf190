import type { Type } from '@nestjs/common';
import { MODULE_PATH } from '@nestjs/common/constants.js';
import type { ApplicationConfig, ModulesContainer } from '@nestjs/core';
import { z } from 'zod';

/** Which routes of a module there are, and where. */
interface RoutesOptions<Name extends string> {
  readonly path?: string;
  readonly controllers?: readonly Name[];
}

/** The schemas of the options, for a module with these names of routes. */
export function routesSchemas<Name extends string>(names: readonly Name[]) {
  const list = names.map((name) => `'${name}'`).join(', ');
  return {
    path: z
      .string("path is a text like 'api/v1'.")
      .regex(/^[^?#\s]*$/, "path is a text like 'api/v1', without a query.")
      .optional(),
    controllers: z
      .array(
        z.enum(names, `controllers is a list of ${list}.`),
        `controllers is a list of ${list}; leave it out for all.`,
      )
      .optional(),
  };
}

/**
 * Mounts the routes of a module: in its constructor, as Nest creates controllers after it. Their own paths are relative, and
 * Nest keeps the path of a module for each application.
 */
export class MountedRoutes {
  private mounted = '';

  constructor(
    private readonly module: Type,
    private readonly modules: ModulesContainer,
    private readonly config: ApplicationConfig,
  ) {}

  mount<Name extends string>(
    controllersOf: Readonly<Record<Name, readonly Type[]>>,
    { path = 'api/v1', controllers = Object.keys(controllersOf) as Name[] }: RoutesOptions<Name>,
  ): void {
    const wanted = controllers.flatMap((name) => controllersOf[name]);
    for (const { metatype, controllers: all } of this.modules.values()) {
      if (metatype !== this.module) continue;
      for (const controller of all.keys()) if (!wanted.includes(controller as Type)) all.delete(controller);
    }
    this.set([...segmentsOf(this.found), ...segmentsOf(path)]);
  }

  /** Without what the global prefix, which is known no earlier than when Nest asks for middleware, already says. */
  fitToPrefix(): void {
    // A `RouterModule` that was created later has set its own path.
    const { found } = this;
    const inRouter = found === this.mounted ? [] : segmentsOf(found);
    this.set(
      withoutRepeated(segmentsOf(this.config.getGlobalPrefix()), [...inRouter, ...segmentsOf(this.mounted)]),
    );
  }

  private get found(): string | undefined {
    return Reflect.getOwnMetadata(this.key, this.module) as string | undefined;
  }

  private get key(): string {
    return MODULE_PATH + this.modules.applicationId;
  }

  private set(segments: readonly string[]): void {
    this.mounted = segments.map((segment) => `/${segment}`).join('');
    Reflect.defineMetadata(this.key, this.mounted, this.module);
  }
}

function segmentsOf(path: string | undefined): string[] {
  return (path ?? '').split('/').filter((segment) => segment !== '');
}

/** `path` without the segments at its start that `prefix` ends with. */
export function withoutRepeated(prefix: readonly string[], path: readonly string[]): readonly string[] {
  for (let count = Math.min(prefix.length, path.length); count > 0; count -= 1) {
    const end = prefix.slice(-count);
    if (end.every((segment, index) => segment === path[index])) return path.slice(count);
  }
  return path;
}
