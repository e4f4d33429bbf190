import { Controller, Delete, Get, Param, Request, UseGuards } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import { Roles } from '../auth/roles.decorator';
import { type JwtPayload } from './jwt.strategy';
import { RolesGuard } from './roles.guard';

@Controller('articles')
@UseGuards(AuthGuard('jwt'), RolesGuard)
export class ArticlesController {
  @Get()
  list(@Request() { user }: { user: JwtPayload }) {
    return { articlesOf: user.id };
  }

  @Delete(':id')
  @Roles('admin')
  remove(@Param('id') id: string) {
    return { removed: id };
  }
}
