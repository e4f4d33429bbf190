import { writeFile } from 'node:fs/promises';
import { openApiDocument } from '../server/openapi/openapi-document.js';
import { exitWith } from '../server/process.js';
import { withTemporaryService } from './temporary-service.js';

/** `npm run openapi`: writes `openapi.json`. */
await withTemporaryService((app) =>
  writeFile('openapi.json', `${JSON.stringify(openApiDocument(app), null, 2)}\n`),
).catch(exitWith);
