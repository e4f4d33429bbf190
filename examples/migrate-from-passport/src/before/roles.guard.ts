import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { type UserRole } from '../users/user.entity';
import { type JwtPayload } from './jwt.strategy';

@Injectable()
export class RolesGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const roles = this.reflector.get<UserRole[] | undefined>('roles', context.getHandler());
    if (roles === undefined) return true;
    const { user } = context.switchToHttp().getRequest<{ user: JwtPayload }>();
    return roles.includes(user.role);
  }
}
