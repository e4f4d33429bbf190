import { expect, it } from '@jest/globals';
import * as swagger from '@nestjs/swagger';
import { z } from 'zod';
import * as ours from './openapi.decorators.js';

type Decorators = Pick<typeof ours, 'ApiTags' | 'ApiOperation' | 'ApiBody' | 'ApiQuery' | 'ApiResponse'>;

const answer = z.object({ id: z.string() });

/** The metadata of a controller and of its route. */
function metadataWith({ ApiTags, ApiOperation, ApiBody, ApiQuery, ApiResponse }: Decorators) {
  @ApiTags('Notes')
  @ApiTags('Shared notes')
  class NotesController {
    @ApiOperation({ summary: 'Share a note', description: 'With all.' })
    @ApiBody({ required: false })
    @ApiQuery({ name: 'wait', required: false, description: 'Wait.', schema: { type: 'boolean' } })
    @ApiQuery({ name: 'to', required: true, description: 'To.', schema: { type: 'string' } })
    @ApiResponse({ status: 201, description: 'Done.', standardSchema: answer })
    @ApiResponse({ status: 404, description: '`NOT_FOUND`', standardSchema: answer })
    share(): void {}
  }
  return [NotesController, NotesController.prototype.share].map((target) =>
    Object.fromEntries(
      Reflect.getMetadataKeys(target).map((key: string) => [
        key,
        Reflect.getMetadata(key, target) as unknown,
      ]),
    ),
  );
}

it('writes what the decorators of @nestjs/swagger write', () => {
  const metadata = metadataWith(ours);
  expect(
    metadata.flatMap((entries) => Object.keys(entries).filter((key) => key.startsWith('swagger/'))),
  ).toHaveLength(4);
  expect(metadata).toEqual(metadataWith(swagger as unknown as Decorators));
});
