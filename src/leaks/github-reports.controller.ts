import { Controller, HttpCode, Post, Req, VERSION_NEUTRAL } from '@nestjs/common';
import { CurrentOrigin, Public } from '../auth/decorators.js';
import { Answers, bodyErrors } from '../http/answers.decorator.js';
import { ApiOperation, ApiTags } from '../http/openapi.decorators.js';
import type { RequestOrigin } from '../principal/authenticated-user.js';
import type { RawRequest } from './github-payload.js';
import { GithubReportsService } from './github-reports.service.js';
import { accepted, acceptedReport } from './leak-report.js';

/** Mounted only with `githubKeysUrl`. It bounds its bodies itself, as they may be large. */
@ApiTags('Leaked keys')
@Public()
@Controller({ path: 'leaks/github', version: VERSION_NEUTRAL })
export class GithubReportsController {
  constructor(private readonly reports: GithubReportsService) {}

  @Post()
  @HttpCode(202)
  @ApiOperation({ summary: 'Reports of leaked keys by GitHub’s secret scanning, with its signature' })
  @Answers({
    202: acceptedReport,
    errors: [...bodyErrors, 'FORBIDDEN', 'RATE_LIMITED', 'AUTH_UNAVAILABLE', 'DB_UNAVAILABLE'],
  })
  async receive(@Req() request: RawRequest, @CurrentOrigin() origin: RequestOrigin) {
    await this.reports.receive(request, origin);
    return accepted;
  }
}
