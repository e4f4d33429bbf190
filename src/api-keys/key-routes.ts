import { Delete, Get, Header, HttpCode, Param, Patch, Post, UseGuards } from '@nestjs/common';
import type { z } from 'zod';
import { ValidBody, ValidQuery } from '../http/valid-parameters.js';
import { ApiBody, ApiOperation } from '../http/openapi.decorators.js';
import { RequireScopes } from '../auth/decorators.js';
import { IdempotencyKey, idempotencyErrors, Idempotent } from '../auth/idempotency.js';
import { UserOnly } from '../auth/guards.js';
import { Answers, bodyErrors } from '../http/answers.decorator.js';
import { auditEvents, type EventsQuery, eventsQuery } from '../http/audit-events.js';
import { WithReceipt } from '../http/receipts.js';
import { ObjectIdPipe, BoundedBodies } from '../http/validation.js';
import type { Idempotency } from '../key-store/idempotent-request.js';
import type { ErrorCode } from '../principal/auth-error.js';
import type { Scope } from '../principal/scopes.js';
import { type KeyManager, OwnerKeyManager } from './key-manager.js';
import { KeyNarrowingService } from './key-narrowing.service.js';
import { KeyQueries } from './key-queries.js';
import { keyUsage, type UsageQuery, usageQuery } from './usage/key-usage.js';
import {
  narrowKeyRequest,
  type NarrowKeyRequest,
  revokeKeyRequest,
  type RevokeKeyRequest,
  rotateKeyRequest,
  type RotateKeyRequest,
  toSettings,
  updateServiceKeyRequest,
  type UpdateServiceKeyRequest,
} from './service-key.schemas.js';
import {
  apiKey,
  apiKeyDetails,
  narrowedApiKey,
  newApiKeyAnswer,
  revokedApiKey,
} from './service-key.views.js';
import { ServiceKeysService } from './service-keys.service.js';

interface KeyRoutes {
  readonly Manager: typeof OwnerKeyManager;
  readonly read: readonly Scope[];
  readonly write: readonly Scope[];
  /** A key of these routes, for the documentation. */
  readonly aKey: string;
  /** What a change may name; by default the settings of service keys. */
  readonly changes?: z.ZodType<UpdateServiceKeyRequest>;
  readonly rotation: { readonly summary: string; readonly errors: readonly ErrorCode[] };
}

/** The routes that read one key. */
export function readRoutes({ Manager, read, aKey }: Pick<KeyRoutes, 'Manager' | 'read' | 'aKey'>) {
  @UseGuards(UserOnly)
  @BoundedBodies()
  abstract class KeyReadsController {
    constructor(
      readonly keys: ServiceKeysService,
      readonly queries: KeyQueries,
    ) {}

    @Get(':id')
    @RequireScopes(...read)
    @ApiOperation({ summary: `Look at ${aKey}, and at the one it replaced` })
    @Answers({ 200: apiKeyDetails, errors: ['NOT_FOUND'] })
    find(@Manager() { scope }: KeyManager, @Param('id', ObjectIdPipe) id: string) {
      return this.queries.find(scope, id);
    }

    @Get(':id/events')
    @RequireScopes(...read)
    @ApiOperation({ summary: `What was done with ${aKey}, the newest first` })
    @Answers({ 200: auditEvents, errors: ['VALIDATION_FAILED', 'NOT_FOUND'] })
    events(
      @Manager() { scope }: KeyManager,
      @Param('id', ObjectIdPipe) id: string,
      @ValidQuery(eventsQuery) query: EventsQuery,
    ) {
      return this.queries.events(scope, id, query);
    }

    @Get(':id/usage')
    @RequireScopes(...read)
    @ApiOperation({ summary: `How often ${aKey} was used, and with which outcome` })
    @Answers({ 200: keyUsage, errors: ['VALIDATION_FAILED', 'WINDOW_TOO_LARGE', 'NOT_FOUND'] })
    usage(
      @Manager() { scope }: KeyManager,
      @Param('id', ObjectIdPipe) id: string,
      @ValidQuery(usageQuery) query: UsageQuery,
    ) {
      return this.queries.usage(scope, id, query);
    }
  }
  return KeyReadsController;
}

/** The routes of one key: an owner has them for its service keys, a person for its access keys, and an admin for all keys. */
export function keyRoutes({
  Manager,
  read,
  write,
  aKey,
  changes = updateServiceKeyRequest,
  rotation,
}: KeyRoutes) {
  // A class without a decorator has no metadata for the injection into its constructor.
  @BoundedBodies()
  abstract class KeysController extends readRoutes({ Manager, read, aKey }) {
    constructor(
      keys: ServiceKeysService,
      queries: KeyQueries,
      readonly narrowing: KeyNarrowingService,
    ) {
      super(keys, queries);
    }

    @Patch(':id')
    @RequireScopes(...write)
    @ApiOperation({ summary: `Change settings of ${aKey}, or switch it off and on` })
    @Answers({ 200: apiKey, errors: [...bodyErrors, 'NOT_FOUND', 'KEY_ENDED'] })
    update(
      @Manager() manager: KeyManager,
      @Param('id', ObjectIdPipe) id: string,
      @ValidBody(changes) body: UpdateServiceKeyRequest,
    ) {
      return this.keys.update(manager, id, toSettings(body));
    }

    @Post(':id/rotate')
    @RequireScopes(...write)
    @ApiOperation({ summary: rotation.summary })
    @Answers({
      201: newApiKeyAnswer,
      errors: [...bodyErrors, 'NOT_FOUND', 'KEY_ENDED', ...rotation.errors, ...idempotencyErrors],
    })
    @Idempotent()
    @ApiBody({ required: false })
    @Header('Cache-Control', 'no-store')
    rotate(
      @Manager() manager: KeyManager,
      @Param('id', ObjectIdPipe) id: string,
      @ValidBody(rotateKeyRequest.optional()) body: RotateKeyRequest | undefined,
      @IdempotencyKey() idempotency: Idempotency | undefined,
    ) {
      return this.keys.rotate(manager, id, body, idempotency);
    }

    @Post(':id/narrow')
    @HttpCode(200)
    @RequireScopes(...write)
    @ApiOperation({ summary: `Leave ${aKey} the scopes that it has needed, or named ones` })
    @WithReceipt()
    @Answers({ 200: narrowedApiKey, errors: [...bodyErrors, 'NOT_FOUND', 'KEY_ENDED', 'NOT_NARROWABLE'] })
    @ApiBody({ required: false })
    narrow(
      @Manager() manager: KeyManager,
      @Param('id', ObjectIdPipe) id: string,
      @ValidBody(narrowKeyRequest.optional()) body: NarrowKeyRequest | undefined,
    ) {
      return this.narrowing.narrow(manager, id, body);
    }

    @Delete(':id')
    @HttpCode(200)
    @RequireScopes(...write)
    @ApiOperation({ summary: `Revoke ${aKey} permanently` })
    @WithReceipt()
    @Answers({ 200: revokedApiKey, errors: [...bodyErrors, 'NOT_FOUND'] })
    @ApiBody({ required: false })
    revoke(
      @Manager() manager: KeyManager,
      @Param('id', ObjectIdPipe) id: string,
      @ValidBody(revokeKeyRequest.optional()) body: RevokeKeyRequest | undefined,
    ) {
      return this.keys.revoke(manager, id, body);
    }
  }
  return KeysController;
}
