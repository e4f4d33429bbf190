import type { ApplicationConfig, ModulesContainer } from '@nestjs/core';
import { type GuardClass, ourGuards } from './route-rules.js';

/**
 * The guards of ours that are set for all routes: by `APP_GUARD` and, from the start of the application on, by
 * `app.useGlobalGuards`. What a factory makes is known from the start on, too; one of request scope only by its class.
 */
export function globalGuardsOf(modules: ModulesContainer, config: ApplicationConfig): GuardClass[] {
  const provided = [...modules.values()].flatMap((module) =>
    [...module.providers.values()]
      .filter(({ subtype }) => subtype === 'guard')
      .map(({ metatype }) => metatype as unknown),
  );
  const ofRequests = config.getGlobalRequestGuards().map(({ metatype }) => metatype as unknown);
  return [...new Set(ourGuards([...provided, ...config.getGlobalGuards(), ...ofRequests]))];
}
