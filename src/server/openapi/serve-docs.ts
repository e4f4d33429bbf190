import type { INestApplication } from '@nestjs/common';
import { SwaggerModule } from '@nestjs/swagger';
import { openApiDocument } from './openapi-document.js';

/** Swagger UI at `/docs`, the document at `/docs-json`. Credentials typed into it are kept over a reload. */
export function serveDocs(app: INestApplication): void {
  SwaggerModule.setup('docs', app, () => openApiDocument(app), {
    jsonDocumentUrl: 'docs-json',
    customSiteTitle: 'Gatehouse',
    swaggerOptions: { persistAuthorization: true, tagsSorter: 'alpha' },
  });
}
