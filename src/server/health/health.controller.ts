import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Public } from '../../auth/decorators.js';
import { Answers } from '../../http/answers.decorator.js';
import { liveness, readiness, Readiness } from './readiness.js';

@ApiTags('Operation')
@Public()
@Controller('health')
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  @Get('live')
  @ApiOperation({ summary: 'Whether the process is alive; nothing else is checked' })
  @Answers({ 200: liveness })
  live() {
    return { status: 'live' };
  }

  @Get('ready')
  @ApiOperation({
    summary: 'Whether the process can serve requests; checks the database, its schema and the token issuers',
  })
  @Answers({ 200: readiness, errors: ['DB_UNAVAILABLE', 'AUTH_UNAVAILABLE', 'SHUTTING_DOWN'] })
  async ready() {
    return { status: 'ready', checks: await this.readiness.check() };
  }
}
