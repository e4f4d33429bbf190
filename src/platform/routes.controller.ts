import { Controller, Get, UseGuards, VERSION_NEUTRAL } from '@nestjs/common';
import { z } from 'zod';
import { RequireScopes } from '../auth/decorators.js';
import { UserOnly } from '../auth/guards.js';
import { callerKinds } from '../auth/route-rules.js';
import { type ApplicationRoute, ApplicationRoutes } from '../auth/routes/application-routes.js';
import { Answers } from '../http/answers.decorator.js';
import { ApiOperation, ApiTags } from '../http/openapi.decorators.js';

const route = z
  .object({
    method: z.string().meta({ examples: ['GET'] }),
    path: z.string().meta({ examples: ['/api/v1/api-keys/:id'] }),
    version: z.string().nullable().meta({ description: 'A version that a header selects.' }),
    admits: z.array(z.enum(callerKinds)).meta({ description: 'Callers that can hold what it requires.' }),
    admitsAnonymous: z.boolean(),
    admitsBounded: z.boolean().meta({ description: 'Bounded tokens and keys, if they hold the scopes.' }),
    scopes: z.array(z.string()).meta({ description: 'All of them are required.' }),
    roles: z.array(z.string()),
  })
  .meta({ id: 'Route' });

const routes = z.object({ routes: z.array(route) }).meta({ id: 'Routes' });

/** The routes of this application, for choosing the scopes of a key. */
@ApiTags('Platform')
@UseGuards(UserOnly)
@RequireScopes('api-keys:read')
@Controller({ path: 'routes', version: VERSION_NEUTRAL })
export class RoutesController {
  private known: z.infer<typeof routes> | undefined;

  constructor(private readonly routes: ApplicationRoutes) {}

  @Get()
  @ApiOperation({ summary: 'Who may use which route, and with which scopes' })
  @Answers({ 200: routes })
  list() {
    // They are the same until the process ends.
    this.known ??= { routes: this.routes.all().map(viewOf) };
    return this.known;
  }
}

function viewOf({ method, path, version, access }: ApplicationRoute): z.infer<typeof route> {
  const { admits, admitsAnonymous, admitsBounded, scopes, roles } = access;
  return {
    method,
    path,
    version,
    admits: [...admits],
    admitsAnonymous,
    admitsBounded,
    scopes: [...scopes],
    roles: [...roles],
  };
}
