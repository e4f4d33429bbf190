import { Controller, Get } from '@nestjs/common';
import { Public } from 'nestjs-gatehouse';

@Controller('health')
export class HealthController {
  @Get()
  @Public()
  health() {
    return { status: 'ok' };
  }
}
