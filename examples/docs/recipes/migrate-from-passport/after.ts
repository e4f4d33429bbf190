import { Controller, Get, Module, UseGuards } from '@nestjs/common';
import {
  ApiKeysModule,
  AuditModule,
  Authenticated,
  type AuthenticatedUser,
  AuthModule,
  CurrentUser,
  DatabaseModule,
} from 'nestjs-gatehouse';
import { gatehouseEntities } from 'nestjs-gatehouse/database';
import { issuer, MoveIn } from './move-in.js';
import { OldUsers } from './old-users.js';

@Controller('notes')
class NotesController {
  @Get()
  @UseGuards(Authenticated)
  list(@CurrentUser() user: AuthenticatedUser) {
    return { of: user.ownerId, for: user.userId };
  }
}

@Module({
  imports: [
    DatabaseModule.forRootAsync({
      useFactory: () => ({ url: process.env.DATABASE_URL ?? 'sqlite:notes.db', entities: gatehouseEntities }),
    }),
    AuthModule.forRootAsync({
      useFactory: () => ({
        issuers: [{ issuer, audience: 'notes', publicKey: process.env.JWT_PUBLIC_KEY ?? '' }],
      }),
    }),
    ApiKeysModule,
    AuditModule,
  ],
  controllers: [NotesController],
  providers: [MoveIn, OldUsers],
})
export class AfterModule {}
