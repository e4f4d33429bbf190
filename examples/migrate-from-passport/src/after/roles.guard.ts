import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { type AuthenticatedUser } from 'nestjs-gatehouse';
import { type UserRole } from '../users/user.entity';
import { UsersService } from '../users/users.service';

@Injectable()
export class RolesGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly users: UsersService,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const roles = this.reflector.get<UserRole[] | undefined>('roles', context.getHandler());
    if (roles === undefined) return true;
    const { user } = context.switchToHttp().getRequest<{ user: AuthenticatedUser }>();
    // A service key and an agent are no person, and have no role of the application.
    const person = user.userId === null ? null : await this.users.withId(Number(user.userId));
    return person !== null && roles.includes(person.role);
  }
}
