import { hash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { UseGuards } from '@nestjs/common';
import { AuthGuard, PassportModule, PassportStrategy } from '@nestjs/passport';
import { LRUCache } from 'lru-cache';
import { HeaderAPIKeyStrategy } from 'passport-headerapikey';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { DataSource, EntitySchema } from 'typeorm';
import { controllerAt } from '../server/routes.js';
import { audience, issuer, issuerKey } from './people.js';

const ApiKey = new EntitySchema({
  name: 'api_key',
  columns: {
    hash: { type: 'varchar', primary: true },
    ownerId: { type: 'varchar' },
    revoked: { type: 'boolean' },
    expiresAt: { type: 'bigint', nullable: true },
  },
});

/**
 * The same by hand, as teams write it: two Passport strategies and `AuthGuard(['jwt', 'headerapikey'])`. Keys are looked up
 * by their hash and their state checked, at `notes` in a cache in the process, at `notes-by-query` in the database. People
 * are not looked up at all.
 */
export async function passportHost(folder) {
  const dataSource = new DataSource({
    type: 'better-sqlite3',
    database: join(folder, 'passport.db'),
    entities: [ApiKey],
    synchronize: true,
    enableWAL: true,
  });
  const keys = (await dataSource.initialize()).getRepository(ApiKey);
  const key = `mk_live_${randomBytes(32).toString('hex')}`;
  await keys.insert({ hash: hash('sha256', key), ownerId: 'ada', revoked: false, expiresAt: null });

  const cache = new LRUCache({ max: 100_000, ttl: 300_000 });
  const find = (keyHash) => keys.findOneBy({ hash: keyHash });
  const findInCache = async (keyHash) => {
    const known = cache.get(keyHash);
    if (known !== undefined) return known;
    const found = await find(keyHash);
    if (found !== null) cache.set(keyHash, found);
    return found;
  };

  const module = {
    module: class PassportHost {},
    imports: [PassportModule],
    providers: [
      JwtStrategy,
      keyStrategy('headerapikey', findInCache),
      keyStrategy('headerapikey-query', find),
    ],
    controllers: [
      controllerAt('notes', UseGuards(AuthGuard(['jwt', 'headerapikey']))),
      controllerAt('notes-by-query', UseGuards(AuthGuard(['jwt', 'headerapikey-query']))),
    ],
  };
  return { module, key };
}

class JwtStrategy extends PassportStrategy(Strategy) {
  constructor() {
    super({
      jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
      secretOrKey: issuerKey,
      algorithms: ['ES256'],
      issuer,
      audience,
    });
  }

  validate({ sub, email }) {
    return { userId: sub, ownerId: sub, email };
  }
}

function keyStrategy(name, find) {
  return class KeyStrategy extends PassportStrategy(HeaderAPIKeyStrategy, name) {
    constructor() {
      super({ header: 'X-API-Key', prefix: '' }, false);
    }

    async validate(key) {
      const found = await find(hash('sha256', key));
      if (found === null || found.revoked) return false;
      if (found.expiresAt !== null && Number(found.expiresAt) <= Date.now()) return false;
      return { keyId: found.hash, ownerId: found.ownerId };
    }
  };
}
