import { UnauthorizedException, UseGuards } from '@nestjs/common';
import jsonwebtoken from 'jsonwebtoken';
import { audience, issuer, openIssuer } from '../people.js';
import { callerOf, key } from './key-lookup.js';
import { controllerAt, serve } from './serve.js';

// The least that a guard can do: `notes` for API keys, `notes-jwt` for JWTs, which it verifies each time; and a route without
// one beside them.
const [folder, platform] = process.argv.slice(2);
const { publicKey } = openIssuer(folder);
const options = { algorithms: ['ES256'], issuer, audience };

class KeyGuard {
  async canActivate(context) {
    const request = context.switchToHttp().getRequest();
    request.user = await callerOf(request.headers['x-api-key'] ?? '');
    if (request.user === undefined) throw new UnauthorizedException();
    return true;
  }
}

class JwtGuard {
  canActivate(context) {
    const request = context.switchToHttp().getRequest();
    try {
      const token = request.headers.authorization?.slice('Bearer '.length) ?? '';
      request.user = jsonwebtoken.verify(token, publicKey, options);
      return true;
    } catch {
      throw new UnauthorizedException();
    }
  }
}

const url = await serve(platform, {
  module: class HandWrittenHost {},
  controllers: [
    controllerAt('unguarded'),
    controllerAt('notes', UseGuards(KeyGuard)),
    controllerAt('notes-jwt', UseGuards(JwtGuard)),
  ],
});
process.send({ url, key });
