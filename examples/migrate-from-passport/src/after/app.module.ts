import { Module } from '@nestjs/common';
import { JwtModule, JwtService } from '@nestjs/jwt';
import { AuthGuard, PassportModule } from '@nestjs/passport';
import { TypeOrmModule } from '@nestjs/typeorm';
import { GatehouseModule } from 'nestjs-gatehouse';
import { gatehouseTables } from 'nestjs-gatehouse/database';
import { DataSource } from 'typeorm';
import { AuthController } from '../auth/auth.controller';
import { LocalStrategy } from '../auth/local.strategy';
import { secret } from '../auth/secret';
import { CreateUsers1760000000000 } from '../users/create-users.migration';
import { UserEntity } from '../users/user.entity';
import { UsersService } from '../users/users.service';
import { ArticlesController } from './articles.controller';
import { issuer } from './move-in';
import { MovingUsersService } from './moving-users.service';

const gatehouse = gatehouseTables({ prefix: 'gh_' });
const jwt = new JwtService({ secret });

@Module({
  imports: [
    TypeOrmModule.forRoot({
      type: 'postgres',
      url: process.env.DATABASE_URL,
      entities: [UserEntity, ...gatehouse.entities],
      migrations: [CreateUsers1760000000000, ...gatehouse.migrations.postgres],
      migrationsRun: true,
    }),
    TypeOrmModule.forFeature([UserEntity]),
    GatehouseModule.forRootAsync({
      inject: [DataSource],
      useFactory: (dataSource: DataSource) => ({
        database: { dataSource },
        issuers: [
          {
            issuer,
            // The tokens that clients have stay valid: HS256, without `iss` and `sub`.
            hmac: true,
            verify: (token) => {
              const claims = jwt.verify<{ id: number; exp: number }>(token, { algorithms: ['HS256'] });
              return { ...claims, sub: String(claims.id) };
            },
          },
        ],
        ownGuards: [AuthGuard('local')],
      }),
    }),
    PassportModule,
    JwtModule.register({ secret, signOptions: { expiresIn: '15m' } }),
  ],
  controllers: [AuthController, ArticlesController],
  providers: [{ provide: UsersService, useClass: MovingUsersService }, LocalStrategy],
})
export class AppModule {}
