import { Controller, Get, Optional, UseGuards, VERSION_NEUTRAL } from '@nestjs/common';
import { z } from 'zod';
import { AuditDispatcher } from '../audit/audit-dispatcher.js';
import { RequireRole } from '../auth/decorators.js';
import { UserOnly } from '../auth/guards.js';
import { Database } from '../database/database.js';
import { Answers } from '../http/answers.decorator.js';
import { ApiOperation, ApiTags } from '../http/openapi.decorators.js';
import { JwtVerifier } from '../jwt/jwt-verifier.js';
import { Clock } from '../support/clock.js';

const replicas = z
  .object({
    live: z.int().nullable().meta({ description: 'Null if that is not known.' }),
    confirmed: z.int(),
    missing: z.array(z.string()),
    milliseconds: z
      .number()
      .meta({ description: 'How long it took until all had confirmed, or at most 2 s.' }),
    isFeedConnected: z.boolean(),
    lagSeconds: z.number().nullable().meta({ description: 'The round trip of the change feed.' }),
  })
  .meta({ id: 'ReplicasStatus' });

const outbox = z
  .object({
    events: z.int().meta({ description: 'Events that wait for the audit sink.' }),
    oldestSeconds: z.number(),
  })
  .meta({ id: 'OutboxStatus' });

const clockSkew = z
  .object({
    seconds: z.number().meta({
      description: 'By how much the clock of the server with its keys is fast; negative if it is slow.',
    }),
    plusMinus: z.number().meta({ description: 'How far off that may be, in seconds.' }),
  })
  .meta({ id: 'ClockSkew' });

const issuer = z
  .object({
    issuer: z.string(),
    audiences: z.array(z.string()),
    isPrimary: z.boolean(),
    isReachable: z.boolean().meta({ description: 'Whether its tokens can be verified now.' }),
    source: z.string().meta({ description: 'Where its keys come from, without the query of a URL.' }),
    algorithms: z.array(z.string()),
    keys: z
      .int()
      .nullable()
      .meta({ description: 'How many are loaded; null where code verifies its tokens.' }),
    refreshedSecondsAgo: z.int().nullable().meta({ description: 'Of a remote source.' }),
    failure: z.string().nullable().meta({ description: 'Why the last fetch failed.' }),
    clockSkew: clockSkew
      .nullable()
      .meta({ description: 'Null for keys that are not fetched, and before the first answer.' }),
  })
  .meta({ id: 'IssuerStatus' });

const status = z
  .object({
    replicas: replicas.nullable().meta({ description: 'Null on SQLite, which has one process.' }),
    outbox: outbox.nullable().meta({ description: 'Null without an audit sink.' }),
    issuers: z.array(issuer),
  })
  .meta({ id: 'PlatformStatus' });

/** How the platform is, for admins. */
@ApiTags('Admin')
@UseGuards(UserOnly)
@RequireRole('admin')
@Controller({ path: 'admin/status', version: VERSION_NEUTRAL })
export class StatusController {
  constructor(
    private readonly database: Database,
    private readonly jwts: JwtVerifier,
    private readonly clock: Clock,
    @Optional() private readonly dispatcher?: AuditDispatcher,
  ) {}

  @Get()
  @ApiOperation({
    summary: 'Replicas, the audit outbox and issuers, as this process sees them',
    description: 'Asks all replicas to confirm, as a revocation with `?wait=true` does.',
  })
  @Answers({ 200: status })
  async read(): Promise<z.infer<typeof status>> {
    const issuers = this.jwts.describe().map(({ audiences, algorithms, ...one }) => ({
      ...one,
      audiences: [...audiences],
      algorithms: [...algorithms],
    }));
    return { replicas: await this.replicas(), outbox: this.outbox(), issuers };
  }

  private async replicas(): Promise<z.infer<typeof replicas> | null> {
    const feed = this.database.changeFeedState();
    if (feed === null) return null;
    const began = this.clock.ticks();
    const { live, confirmed, missing } = await this.database.confirmInvalidation();
    const milliseconds = Math.round((this.clock.ticks() - began) * 10) / 10;
    const { connected: isFeedConnected, lagSeconds } = feed;
    return { live, confirmed, missing: [...missing], milliseconds, isFeedConnected, lagSeconds };
  }

  private outbox(): z.infer<typeof outbox> | null {
    const backlog = this.dispatcher?.backlog;
    if (backlog === undefined) return null;
    const { events, oldestAt } = backlog;
    return {
      events,
      oldestSeconds: oldestAt === null ? 0 : Math.max(0, (this.clock.now() - oldestAt) / 1000),
    };
  }
}
