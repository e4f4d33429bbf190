import { Controller, Get } from '@nestjs/common';
import { Public } from 'nestjs-gatehouse';
import { DataSource } from 'typeorm';

/** The application's own, from before: it uses the data source as before, and is public. */
@Controller('health')
@Public()
export class HealthController {
  constructor(private readonly dataSource: DataSource) {}

  @Get()
  async health() {
    await this.dataSource.query('SELECT 1');
    return { status: 'ok' };
  }
}
