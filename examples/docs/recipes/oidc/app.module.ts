import { Controller, Get, Module, UseGuards } from '@nestjs/common';
import {
  Authenticated,
  type AuthenticatedUser,
  AuthModule,
  CurrentUser,
  DatabaseModule,
  type IssuerOptions,
} from 'nestjs-gatehouse';
import { gatehouseEntities } from 'nestjs-gatehouse/database';

@Controller('me')
@UseGuards(Authenticated)
class MeController {
  @Get()
  me(@CurrentUser() { userId, ownerId, email }: AuthenticatedUser) {
    return { userId, ownerId, email };
  }
}

export function appModule(url: string, issuers: IssuerOptions[]) {
  @Module({
    imports: [
      DatabaseModule.forRoot({ url, entities: gatehouseEntities }),
      AuthModule.forRoot({ issuers, undecidedRoutes: 'refuse' }),
    ],
    controllers: [MeController],
  })
  class AppModule {}
  return AppModule;
}
