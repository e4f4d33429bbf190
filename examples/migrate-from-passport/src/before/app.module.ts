import { Module } from '@nestjs/common';
import { JwtModule } from '@nestjs/jwt';
import { PassportModule } from '@nestjs/passport';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuthController } from '../auth/auth.controller';
import { LocalStrategy } from '../auth/local.strategy';
import { secret } from '../auth/secret';
import { CreateUsers1760000000000 } from '../users/create-users.migration';
import { UserEntity } from '../users/user.entity';
import { UsersService } from '../users/users.service';
import { ArticlesController } from './articles.controller';
import { JwtStrategy } from './jwt.strategy';

@Module({
  imports: [
    TypeOrmModule.forRoot({
      type: 'postgres',
      url: process.env.DATABASE_URL,
      entities: [UserEntity],
      migrations: [CreateUsers1760000000000],
      migrationsRun: true,
    }),
    TypeOrmModule.forFeature([UserEntity]),
    PassportModule,
    JwtModule.register({ secret, signOptions: { expiresIn: '15m' } }),
  ],
  controllers: [AuthController, ArticlesController],
  providers: [UsersService, LocalStrategy, JwtStrategy],
})
export class AppModule {}
