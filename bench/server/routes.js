import { Controller, Get, UseGuards, UnauthorizedException } from '@nestjs/common';
import { Public, RequireScopes } from '../../dist/auth/decorators.js';
import { Authenticated } from '../../dist/auth/guards.js';

export const bareRoute = controllerAt('bench/bare');
export const publicRoute = controllerAt('bench/public', Public());
export const guardedRoute = controllerAt('bench/guarded', UseGuards(Authenticated));
export const scopedRoute = controllerAt(
  'bench/scoped',
  UseGuards(Authenticated),
  RequireScopes('notes:read'),
);
export const handWrittenRoute = (verify) =>
  controllerAt('bench/hand-written', UseGuards(handWrittenGuard(verify)));

/** A controller with one route that answers `{ ok: true }`; plain JavaScript has to apply decorators by hand. */
export function controllerAt(path, ...decorators) {
  class BenchController {
    answer() {
      return { ok: true };
    }
  }
  const method = Object.getOwnPropertyDescriptor(BenchController.prototype, 'answer');
  for (const decorate of [...decorators, Get()]) decorate(BenchController.prototype, 'answer', method);
  Controller(path)(BenchController);
  return BenchController;
}

/** The least a guard for JWTs can do; it remembers nothing. */
function handWrittenGuard(verify) {
  return class HandWrittenGuard {
    canActivate(context) {
      const request = context.switchToHttp().getRequest();
      const token = request.headers.authorization?.slice('Bearer '.length) ?? '';
      try {
        request.user = verify(token);
        return true;
      } catch {
        throw new UnauthorizedException();
      }
    }
  };
}
