import { z } from 'zod';
import { actorLink, time } from '../http/schemas.js';
import { Controller, Get, UseGuards, VERSION_NEUTRAL } from '@nestjs/common';
import { ApiOperation, ApiTags } from '../http/openapi.decorators.js';
import { AllowBounded, CurrentUser } from '../auth/decorators.js';
import { Authenticated, MaybeAuthenticated } from '../auth/guards.js';
import { Answers } from '../http/answers.decorator.js';
import type { AuthenticatedUser } from '../principal/authenticated-user.js';

const source = z
  .object({
    type: z.enum(['jwt', 'api_key', 'tool_key', 'custom']),
    clientId: z.string().optional().meta({ description: 'The client that a JWT was issued to.' }),
    boundedUntil: time.optional().meta({
      description: 'Of a JWT that is bounded by its scopes: when it expires.',
    }),
    limited: z
      .literal(true)
      .optional()
      .meta({ description: 'Of a JWT whose person the application gave less than all scopes.' }),
    bounded: z
      .literal(true)
      .optional()
      .meta({ description: 'Of a key that was made with a bounded token or key.' }),
    keyId: z.string().optional().meta({ description: 'Of an API key or a tool key.' }),
    taskId: z.string().optional().meta({ description: 'Of a tool key.' }),
    attempt: z.int().optional().meta({ description: 'Of the task.' }),
    name: z.string().optional().meta({ description: 'For a custom credential.' }),
    id: z.string().optional().meta({ description: 'Of the user or program that it stands for.' }),
  })
  .meta({ id: 'CredentialSource' });

const principal = z
  .object({
    userId: z.string().nullable().meta({ description: 'Null for service keys and tool keys.' }),
    ownerId: z.string().meta({ description: 'The tenant whose data this caller can see.' }),
    email: z.string().nullable(),
    source,
    role: z.enum(['read_only', 'write_agent', 'admin']).nullable(),
    scopes: z.array(z.string()),
    environment: z.enum(['live', 'test']).nullable(),
    actorChain: z.array(actorLink),
  })
  .meta({ id: 'AuthenticatedUser' });

const authStatus = z
  .object({ authenticated: z.boolean(), user: principal.nullable() })
  .meta({ id: 'AuthStatus' });

@ApiTags('Identity')
@Controller({ path: 'auth', version: VERSION_NEUTRAL })
export class IdentityController {
  @Get('me')
  @AllowBounded()
  @UseGuards(Authenticated)
  @ApiOperation({ summary: 'The authenticated caller' })
  @Answers({ 200: principal })
  me(@CurrentUser() user: AuthenticatedUser) {
    return viewOf(user);
  }

  @Get('status')
  @AllowBounded()
  @UseGuards(MaybeAuthenticated)
  @ApiOperation({ summary: 'Whether the request is authenticated; an invalid credential counts as none' })
  @Answers({ 200: authStatus })
  status(@CurrentUser() user: AuthenticatedUser | undefined) {
    return { authenticated: user !== undefined, user: user === undefined ? null : viewOf(user) };
  }
}

/** Not what the application alone is to see, such as claims. */
function viewOf(user: AuthenticatedUser): AuthenticatedUser {
  const { userId, ownerId, email, source, role, scopes, environment, actorChain } = user;
  return { userId, ownerId, email, source, role, scopes, environment, actorChain };
}
