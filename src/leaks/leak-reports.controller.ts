import { Controller, HttpCode, Post, VERSION_NEUTRAL } from '@nestjs/common';
import { CurrentOrigin, Public } from '../auth/decorators.js';
import { Answers, bodyErrors } from '../http/answers.decorator.js';
import { ApiOperation, ApiTags } from '../http/openapi.decorators.js';
import { ValidBody } from '../http/valid-parameters.js';
import { BoundedBodies } from '../http/validation.js';
import type { RequestOrigin } from '../principal/authenticated-user.js';
import {
  accepted,
  acceptedReport,
  type LeakReportRequest,
  leakReportRequest,
  readPlace,
} from './leak-report.js';
import { LeakReportsService } from './leak-reports.service.js';

@ApiTags('Leaked keys')
@Public()
@BoundedBodies()
@Controller({ path: 'leaks', version: VERSION_NEUTRAL })
export class LeakReportsController {
  constructor(private readonly reports: LeakReportsService) {}

  @Post()
  @HttpCode(202)
  @ApiOperation({
    summary: 'Report a key that was found where it should not be',
    description:
      'No credential is needed: anyone who has the whole key may end it. The answer and its time are the same for every key, also for one that does not exist.',
  })
  @Answers({ 202: acceptedReport, errors: [...bodyErrors, 'RATE_LIMITED', 'DB_UNAVAILABLE'] })
  async report(
    @ValidBody(leakReportRequest) { token, url }: LeakReportRequest,
    @CurrentOrigin() origin: RequestOrigin,
  ) {
    const place = url === undefined ? undefined : readPlace(url);
    await this.reports.report({ token, url: place ?? null }, origin);
    return accepted;
  }
}
