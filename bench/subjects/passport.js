import { UseGuards } from '@nestjs/common';
import { AuthGuard, PassportModule, PassportStrategy } from '@nestjs/passport';
import { HeaderAPIKeyStrategy } from 'passport-headerapikey';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { audience, issuer, openIssuer } from '../people.js';
import { callerOf, key } from './key-lookup.js';
import { controllerAt, serve } from './serve.js';

// A guard of these Passport strategies, as teams write it: `headerapikey`, or `jwt,headerapikey`.
const [folder, platform, names] = process.argv.slice(2);
const { publicKey } = openIssuer(folder);

class KeyStrategy extends PassportStrategy(HeaderAPIKeyStrategy, 'headerapikey') {
  constructor() {
    super({ header: 'X-API-Key', prefix: '' }, false);
  }

  async validate(key) {
    return (await callerOf(key)) ?? false;
  }
}

class JwtStrategy extends PassportStrategy(Strategy) {
  constructor() {
    super({
      jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
      secretOrKey: publicKey,
      algorithms: ['ES256'],
      issuer,
      audience,
    });
  }

  validate({ sub, email }) {
    return { userId: sub, ownerId: sub, email };
  }
}

const url = await serve(platform, {
  module: class PassportHost {},
  imports: [PassportModule],
  providers: [KeyStrategy, JwtStrategy],
  controllers: [controllerAt('notes', UseGuards(AuthGuard(names.split(','))))],
});
process.send({ url, key });
