import { Controller, Get, Injectable, Module, Request, UseGuards } from '@nestjs/common';
import { AuthGuard, PassportModule, PassportStrategy } from '@nestjs/passport';
import { HeaderAPIKeyStrategy } from 'passport-headerapikey';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { type OldUser, OldUsers } from './old-users.js';

@Injectable()
class JwtStrategy extends PassportStrategy(Strategy, 'jwt') {
  constructor(private readonly users: OldUsers) {
    super({
      jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
      secretOrKey: process.env.JWT_PUBLIC_KEY ?? '',
      algorithms: ['ES256'],
      issuer: 'https://login.example.com/',
      audience: 'notes',
    });
  }

  validate({ sub }: { sub: string }) {
    return this.users.bySubject(sub);
  }
}

@Injectable()
class KeyStrategy extends PassportStrategy(HeaderAPIKeyStrategy, 'headerapikey') {
  constructor(private readonly users: OldUsers) {
    super({ header: 'X-API-Key', prefix: '' }, false);
  }

  validate(key: string) {
    return this.users.byKey(key);
  }
}

@Controller('notes')
class NotesController {
  @Get()
  @UseGuards(AuthGuard(['jwt', 'headerapikey']))
  list(@Request() { user }: { user: OldUser }) {
    return { of: user.tenantId, for: user.id };
  }
}

@Module({
  imports: [PassportModule],
  controllers: [NotesController],
  providers: [OldUsers, JwtStrategy, KeyStrategy],
})
export class BeforeModule {}
