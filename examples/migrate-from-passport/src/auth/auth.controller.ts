import { Body, Controller, Post, Request, UseGuards } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { AuthGuard } from '@nestjs/passport';
import { type UserEntity } from '../users/user.entity';
import { UsersService } from '../users/users.service';

@Controller('auth')
export class AuthController {
  constructor(
    private readonly users: UsersService,
    private readonly jwt: JwtService,
  ) {}

  @Post('login')
  @UseGuards(AuthGuard('local'))
  login(@Request() { user }: { user: UserEntity }) {
    return { token: this.jwt.sign({ id: user.id, role: user.role }) };
  }

  @Post('register')
  async register(@Body() { email, password }: { email: string; password: string }) {
    const { id } = await this.users.register(email, password);
    return { id };
  }
}
