import { Controller, Get, UseGuards } from '@nestjs/common';
import { ApplicationConfig, type ModulesContainer } from '@nestjs/core';
import { ApiOkResponse } from '@nestjs/swagger';
import { expect, it } from '@jest/globals';
import type { CustomCredential } from '../custom/custom-credential.js';
import { Authenticated } from '../guards.js';
import { RouteDocumentation } from './route-documentation.js';

@UseGuards(Authenticated)
@Controller('notes')
class NotesController {
  @Get()
  @ApiOkResponse({ description: 'Notes' })
  list(): void {}
}

function documentedBy(...credentials: { name: string }[]) {
  const module = { controllers: new Map([['notes', { metatype: NotesController }]]), providers: new Map() };
  const modules = new Map([['app', module]]) as unknown as ModulesContainer;
  expect(
    new RouteDocumentation(modules, new ApplicationConfig(), credentials as CustomCredential[]),
  ).toBeDefined();
  const read = (key: string) => Reflect.getMetadata(key, NotesController.prototype.list) as object;
  const security = read('swagger/apiSecurity') as object[];
  const responses = read('swagger/apiResponse') as Record<string, unknown>;
  return { schemes: security.flatMap((one) => Object.keys(one)), statuses: Object.keys(responses) };
}

it('documents a class for each application of a process, without what others accept', () => {
  const alone = documentedBy();
  expect(alone.schemes).toEqual(['jwt', 'apiKey', 'toolKey']);
  expect(alone.statuses).toEqual(expect.arrayContaining(['200', '401', '403']));
  expect(documentedBy({ name: 'session' }).schemes).toEqual([...alone.schemes, 'session']);
  expect(documentedBy()).toEqual(alone);
});
