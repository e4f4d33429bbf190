import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Public } from '../../auth/decorators/public.decorator.js';
import { Answers } from '../../auth/http/answers.decorator.js';
import { Readiness } from './readiness.js';

const health = z.object({ status: z.enum(['live', 'ready']) }).meta({ id: 'Health' });

@ApiTags('Operation')
@Public()
@Controller('health')
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  @Get('live')
  @ApiOperation({ summary: 'Is the process alive? Looks at nothing else' })
  @Answers({ 200: health })
  live() {
    return { status: 'live' };
  }

  @Get('ready')
  @ApiOperation({ summary: 'Should requests be sent here?' })
  @Answers({ 200: health, errors: ['DB_UNAVAILABLE', 'SHUTTING_DOWN'] })
  async ready() {
    await this.readiness.check();
    return { status: 'ready' };
  }
}
