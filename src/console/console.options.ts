import { ConfigurableModuleBuilder } from '@nestjs/common';
import { z } from 'zod';
import { checkModuleOptions } from '../auth/options/check-module-options.js';
import { routesSchemas } from '../http/mounted-routes.js';
import { type ConsoleLoginOptions, loginRules, problemOfIssuer } from './console-login.js';

/** Options of `GatehouseConsoleModule`. */
export interface ConsoleModuleOptions {
  /** Where the console is, outside of a global prefix; by default `'/console'`. */
  readonly path?: string;
  /** The `path` of `ApiKeysModule` and `ToolKeysModule`, which must be the same; by default `'api/v1'`, as theirs. */
  readonly apiPath?: string;
  /** The public client with which people sign in, at an issuer of `AuthModule`; by default they do with a key or a token only. */
  readonly login?: ConsoleLoginOptions;
}

export const { ConfigurableModuleClass: ConfigurableConsoleModule, MODULE_OPTIONS_TOKEN: consoleOptions } =
  new ConfigurableModuleBuilder<ConsoleModuleOptions>().setClassMethodName('forRoot').build();

const rule = "path is a path like '/console', of letters, digits and - . _ ~.";

const optionsSchema = z.strictObject({
  path: z
    .string(rule)
    .max(200, rule)
    .regex(/^(?:\/[\w~-][\w.~-]*)+$/, rule)
    .optional(),
  apiPath: routesSchemas([]).path,
  login: z
    .strictObject({
      issuer: z.string().superRefine((issuer, context) => {
        const problem = problemOfIssuer(issuer, 'login.issuer');
        if (problem !== undefined) context.addIssue(problem);
      }),
      clientId: loginRules.clientId,
      scope: loginRules.scope.optional(),
      resource: loginRules.resource.optional(),
    } satisfies Record<keyof ConsoleLoginOptions, z.ZodType>)
    .optional(),
} satisfies Record<keyof ConsoleModuleOptions, z.ZodType>);

/** Throws an `Error` that names everything wrong. */
export function checkConsoleOptions(options: unknown): void {
  checkModuleOptions('GatehouseConsoleModule', optionsSchema, options);
}
