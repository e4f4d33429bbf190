import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { ApplicationRoutes } from '../auth/routes/application-routes.js';
import { exitWith } from '../server/process.js';
import { routeMatrix } from '../server/route-matrix.js';
import { ConfigurationError } from '../support/errors.js';
import { withTemporaryService } from './temporary-service.js';

const usage =
  'Usage: npm run -s routes   (prints who may use which route; with -- --write into docs/routes.md)';

try {
  const isToBeWritten = readWriteOption();
  await withTemporaryService(async (app) => {
    const matrix = routeMatrix(app.get(ApplicationRoutes).all());
    if (isToBeWritten) await writeFile('docs/routes.md', matrix);
    else process.stdout.write(matrix);
  });
} catch (error) {
  exitWith(error);
}

function readWriteOption(): boolean {
  try {
    return parseArgs({ options: { write: { type: 'boolean', default: false } } }).values.write;
  } catch {
    throw new ConfigurationError([usage]);
  }
}
