import { Controller, Delete, Get, HttpCode, Param, Post, UseGuards, VERSION_NEUTRAL } from '@nestjs/common';
import { CurrentOrigin, CurrentUser, RequireRole } from '../auth/decorators.js';
import { UserOnly } from '../auth/guards.js';
import { Answers, bodyErrors } from '../http/answers.decorator.js';
import { ApiBody, ApiOperation, ApiTags } from '../http/openapi.decorators.js';
import { pageRequestOf, readPage } from '../http/paging.js';
import { WithReceipt } from '../http/receipts.js';
import { ValidBody, ValidQuery } from '../http/valid-parameters.js';
import { BoundedBodies, ObjectIdPipe } from '../http/validation.js';
import { UsersService } from '../identity/users.service.js';
import type { AuthenticatedUser, RequestOrigin } from '../principal/authenticated-user.js';
import { OffboardingService } from './offboarding.service.js';
import { revokeKeyRequest, type RevokeKeyRequest } from './service-key.schemas.js';
import {
  changedUser,
  endedKeys,
  erasedUser,
  listUsersQuery,
  type ListUsersQuery,
  toUser,
  userDetails,
  users,
} from './user.views.js';

@ApiTags('Admin')
@UseGuards(UserOnly)
@RequireRole('admin')
@BoundedBodies()
@Controller({ path: 'admin/users', version: VERSION_NEUTRAL })
export class AdminUsersController {
  constructor(
    private readonly users: UsersService,
    private readonly offboarding: OffboardingService,
  ) {}

  @Get()
  @ApiOperation({
    summary: 'List the users, the newest first',
    description: 'With `search` in the order of e-mails.',
  })
  @Answers({ 200: users, errors: ['VALIDATION_FAILED'] })
  async list(@ValidQuery(listUsersQuery) { limit, cursor, ...filter }: ListUsersQuery) {
    const list = `users ${JSON.stringify(filter)}`;
    const { rows, nextCursor } = await readPage(pageRequestOf({ limit, cursor }, list), list, async (page) =>
      (await this.users.list(filter, page)).map(toUser),
    );
    return { users: rows, total: await this.users.count(filter), nextCursor };
  }

  @Get(':id')
  @ApiOperation({ summary: 'A user, with the number of its active keys' })
  @Answers({ 200: userDetails, errors: ['NOT_FOUND'] })
  async find(@Param('id', ObjectIdPipe) id: string) {
    return { ...toUser(await this.users.find(id)), ...(await this.offboarding.countKeys(id)) };
  }

  @Post(':id/disable')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Reject the tokens and keys of a user, and the tool keys it issued, until enabled again',
  })
  @WithReceipt()
  @Answers({ 200: changedUser, errors: ['VALIDATION_FAILED', 'NOT_FOUND'] })
  async disable(
    @CurrentUser() user: AuthenticatedUser,
    @Param('id', ObjectIdPipe) id: string,
    @CurrentOrigin() origin: RequestOrigin,
  ) {
    return toUser(await this.users.setEnabled({ user, origin }, id, false));
  }

  @Post(':id/enable')
  @HttpCode(200)
  @ApiOperation({ summary: 'Restore what was disabled with a user; what was revoked stays revoked' })
  @WithReceipt()
  @Answers({ 200: changedUser, errors: ['VALIDATION_FAILED', 'NOT_FOUND', 'USER_ERASED'] })
  async enable(
    @CurrentUser() user: AuthenticatedUser,
    @Param('id', ObjectIdPipe) id: string,
    @CurrentOrigin() origin: RequestOrigin,
  ) {
    return toUser(await this.users.setEnabled({ user, origin }, id, true));
  }

  @Delete(':id/keys')
  @HttpCode(200)
  @ApiOperation({
    summary: 'End all keys of a user permanently',
    description:
      'All API keys that act as the user, and all tool keys that the user issued, with everything below them. Keys for programs stay: `?createdBy=` lists those that the user made.',
  })
  @WithReceipt()
  @Answers({ 200: endedKeys, errors: [...bodyErrors, 'NOT_FOUND'] })
  @ApiBody({ required: false })
  endKeys(
    @CurrentUser() user: AuthenticatedUser,
    @Param('id', ObjectIdPipe) id: string,
    @ValidBody(revokeKeyRequest.optional()) body: RevokeKeyRequest | undefined,
    @CurrentOrigin() origin: RequestOrigin,
  ) {
    return this.offboarding.endKeys({ user, origin }, id, body?.reason);
  }

  @Delete(':id')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Delete the personal data of a user, and end all its keys, permanently',
    description: 'The user stays disabled. The audit trail keeps its id.',
  })
  @WithReceipt()
  @Answers({ 200: erasedUser, errors: ['VALIDATION_FAILED', 'NOT_FOUND'] })
  async erase(
    @CurrentUser() user: AuthenticatedUser,
    @Param('id', ObjectIdPipe) id: string,
    @CurrentOrigin() origin: RequestOrigin,
  ) {
    const { user: erased, ...counts } = await this.offboarding.erase({ user, origin }, id);
    return { ...toUser(erased), ...counts };
  }
}
