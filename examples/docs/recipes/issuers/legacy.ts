import { type ExecutionContext, Injectable } from '@nestjs/common';
import jwt from 'jsonwebtoken';
import { Authenticated, type IssuerOptions } from 'nestjs-gatehouse';
import type { TokenPerson } from 'nestjs-gatehouse/seams';

const roles = new Map<unknown, TokenPerson['role']>([
  ['admin', null],
  ['editor', 'write_agent'],
]);

/** The tokens that the application has signed with its secret so far: `{ id: 7, role: 'editor', tenant: 3 }`. */
export const legacyIssuer = (secret: string): IssuerOptions => ({
  issuer: 'notes',
  hmac: true,
  verify: (token) => {
    const claims = jwt.verify(token, secret, { algorithms: ['HS256'] }) as jwt.JwtPayload;
    return { ...claims, sub: claims.id };
  },
  person: ({ id, tenant, role }) => ({
    userId: Number(id),
    ownerId: Number(tenant),
    role: roles.has(role) ? roles.get(role) : 'read_only',
  }),
  claims: ['role'],
});

/** Gives handlers and guards `request.user.id` and `request.user.role` as before. */
@Injectable()
export class LegacyAuthenticated extends Authenticated {
  override async canActivate(context: ExecutionContext): Promise<boolean> {
    const isAdmitted = await super.canActivate(context);
    const request = context.switchToHttp().getRequest();
    const { user } = request;
    if (user) request.user = { ...user, id: Number(user.subject), role: user.claims?.role };
    return isAdmitted;
  }
}
