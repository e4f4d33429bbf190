import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { secret } from '../auth/secret';
import { type UserRole } from '../users/user.entity';

export interface JwtPayload {
  readonly id: number;
  readonly role: UserRole;
}

@Injectable()
export class JwtStrategy extends PassportStrategy(Strategy) {
  constructor() {
    super({ jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(), secretOrKey: secret });
  }

  validate({ id, role }: JwtPayload): JwtPayload {
    return { id, role };
  }
}
