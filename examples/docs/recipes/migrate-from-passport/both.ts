import { Controller, Get, Module, Request, UseGuards } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import type { AuthenticatedUser } from 'nestjs-gatehouse';

interface SamlUser {
  readonly tenantId: string;
}

@Controller('reports')
class ReportsController {
  @Get()
  @UseGuards(AuthGuard(['gatehouse-api-key', 'saml']))
  list(@Request() { user }: { user: AuthenticatedUser | SamlUser }) {
    return { of: 'ownerId' in user ? user.ownerId : user.tenantId };
  }
}

@Module({ controllers: [ReportsController] })
export class ReportsModule {}
