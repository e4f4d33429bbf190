import 'reflect-metadata';
import { Controller, Get } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { answerQuestions, usage } from '../answer-questions.js';

/** Serves this module on a platform, `fastify` or `express`, with Nest's defaults; resolves to its URL. */
export async function serve(platform, module) {
  const app = await NestFactory.create(module, await adapterOf(platform), { logger: ['error'] });
  await app.listen(0, '127.0.0.1');
  answerQuestions(usage);
  return `http://127.0.0.1:${app.getHttpServer().address().port}`;
}

async function adapterOf(platform) {
  if (platform === 'express') return new (await import('@nestjs/platform-express')).ExpressAdapter();
  return new (await import('@nestjs/platform-fastify')).FastifyAdapter();
}

/**
 * A controller with one route that answers `{ ok: true }`, or what `controllerOf` is given; plain JavaScript has to apply
 * decorators by hand.
 */
export function controllerAt(path, ...decorators) {
  return controllerOf({ ok: true }, path, ...decorators);
}

export function controllerOf(answer, path, ...decorators) {
  class BenchController {
    answer() {
      return answer;
    }
  }
  const method = Object.getOwnPropertyDescriptor(BenchController.prototype, 'answer');
  for (const decorate of [...decorators, Get()]) decorate(BenchController.prototype, 'answer', method);
  Controller(path)(BenchController);
  return BenchController;
}
