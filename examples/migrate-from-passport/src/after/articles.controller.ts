import { Controller, Delete, Get, Param, UseGuards } from '@nestjs/common';
import { type AuthenticatedUser, CurrentUser, PersonOnly } from 'nestjs-gatehouse';
import { Roles } from '../auth/roles.decorator';
import { RolesGuard } from './roles.guard';

@Controller('articles')
@UseGuards(PersonOnly, RolesGuard)
export class ArticlesController {
  @Get()
  list(@CurrentUser() user: AuthenticatedUser) {
    return { articlesOf: Number(user.userId) };
  }

  @Delete(':id')
  @Roles('admin')
  remove(@Param('id') id: string) {
    return { removed: id };
  }
}
