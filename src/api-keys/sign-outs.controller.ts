import { Controller, HttpCode, Param, Post, UseGuards, VERSION_NEUTRAL } from '@nestjs/common';
import { ValidBody } from '../http/valid-parameters.js';
import { ApiOperation, ApiTags } from '../http/openapi.decorators.js';
import { z } from 'zod';
import { CurrentOrigin, CurrentUser, RequireRole } from '../auth/decorators.js';
import { PersonOnly, UserOnly } from '../auth/guards.js';
import { Answers, bodyErrors } from '../http/answers.decorator.js';
import { receipt, WithReceipt } from '../http/receipts.js';
import { plainText, time } from '../http/schemas.js';
import { ObjectIdPipe, BoundedBodies } from '../http/validation.js';
import { SignOutsService } from '../identity/sign-outs.service.js';
import { JwtVerifier } from '../jwt/jwt-verifier.js';
import type { AuthenticatedUser, RequestOrigin } from '../principal/authenticated-user.js';

const signOut = z
  .object({
    tokensValidFrom: time.meta({ description: 'Tokens that were issued before are rejected.' }),
    ...receipt,
  })
  .meta({ id: 'SignOut' });

const issuerSignOutRequest = z
  .strictObject({ issuer: plainText(1_000) })
  .meta({ id: 'IssuerSignOutRequest', examples: [{ issuer: 'https://login.example.com' }] });
type IssuerSignOutRequest = z.infer<typeof issuerSignOutRequest>;

const description =
  'Ends tokens issued until now, those of the current second included, and tool keys issued with them. API keys, and tool keys issued with those, stay valid: revoke them.';

@ApiTags('Identity')
@UseGuards(PersonOnly)
@BoundedBodies()
@Controller({ path: 'auth/sign-out', version: VERSION_NEUTRAL })
export class SignOutController {
  constructor(private readonly signOuts: SignOutsService) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({
    summary: 'Sign out everywhere: end all your tokens, including that of this request',
    description,
  })
  @WithReceipt()
  @Answers({ 200: signOut, errors: ['VALIDATION_FAILED'] })
  signOut(@CurrentUser() user: AuthenticatedUser, @CurrentOrigin() origin: RequestOrigin) {
    return this.signOuts.signOut(user, origin);
  }
}

@ApiTags('Admin')
@UseGuards(UserOnly)
@RequireRole('admin')
@BoundedBodies()
@Controller({ path: 'admin', version: VERSION_NEUTRAL })
export class AdminSignOutsController {
  constructor(
    private readonly signOuts: SignOutsService,
    private readonly jwts: JwtVerifier,
  ) {}

  @Post('users/:id/sign-out')
  @HttpCode(200)
  @ApiOperation({ summary: 'Sign a user out everywhere', description })
  @WithReceipt()
  @Answers({ 200: signOut, errors: ['VALIDATION_FAILED', 'NOT_FOUND'] })
  signOutUser(
    @CurrentUser() user: AuthenticatedUser,
    @Param('id', ObjectIdPipe) id: string,
    @CurrentOrigin() origin: RequestOrigin,
  ) {
    return this.signOuts.signOutUser({ user, origin }, id);
  }

  @Post('issuers/sign-out')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Sign out all users of an issuer',
    description: `${description} 404 for an issuer that is not configured and has no users.`,
  })
  @WithReceipt()
  @Answers({ 200: signOut, errors: [...bodyErrors, 'NOT_FOUND'] })
  signOutIssuer(
    @CurrentUser() user: AuthenticatedUser,
    @ValidBody(issuerSignOutRequest) { issuer }: IssuerSignOutRequest,
    @CurrentOrigin() origin: RequestOrigin,
  ) {
    const found = this.jwts.find(issuer);
    const isConfigured = found !== undefined;
    return this.signOuts.signOutIssuer({ user, origin }, { issuer, isConfigured, ...found });
  }
}
