import { Controller, Get, UseGuards, VERSION_NEUTRAL } from '@nestjs/common';
import { CurrentUser, RequireRole, RequireScopes } from '../../auth/decorators.js';
import { UserOnly } from '../../auth/guards.js';
import { Answers } from '../../http/answers.decorator.js';
import { ApiOperation, ApiTags } from '../../http/openapi.decorators.js';
import { ValidQuery } from '../../http/valid-parameters.js';
import { BoundedBodies } from '../../http/validation.js';
import type { AuthenticatedUser } from '../../principal/authenticated-user.js';
import { UsageQueries } from './usage-queries.service.js';
import { allUsage, allUsageQuery, type AllUsageQuery } from './usage.schemas.js';

/** How the keys of the caller's owner were used. */
@ApiTags('Service API keys')
@UseGuards(UserOnly)
@BoundedBodies()
@Controller({ path: 'usage', version: VERSION_NEUTRAL })
export class UsageController {
  constructor(private readonly usage: UsageQueries) {}

  @Get()
  @RequireScopes('api-keys:read')
  @ApiOperation({ summary: 'How often the keys of your owner were used, by key or outcome' })
  @Answers({ 200: allUsage, errors: ['VALIDATION_FAILED', 'WINDOW_TOO_LARGE', 'RATE_LIMITED'] })
  find(@CurrentUser() { ownerId }: AuthenticatedUser, @ValidQuery(allUsageQuery) query: AllUsageQuery) {
    return this.usage.find(ownerId, query);
  }
}

/** How the keys of all owners were used. */
@ApiTags('Admin')
@UseGuards(UserOnly)
@RequireRole('admin')
@BoundedBodies()
@Controller({ path: 'admin/usage', version: VERSION_NEUTRAL })
export class AdminUsageController {
  constructor(private readonly usage: UsageQueries) {}

  @Get()
  @ApiOperation({ summary: 'How often the keys of all owners were used, by key, outcome or owner' })
  @Answers({ 200: allUsage, errors: ['VALIDATION_FAILED', 'WINDOW_TOO_LARGE', 'RATE_LIMITED'] })
  find(@ValidQuery(allUsageQuery) query: AllUsageQuery) {
    return this.usage.find(null, query);
  }
}
