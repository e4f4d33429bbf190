import { HttpException, Logger } from '@nestjs/common';
import { AuthError } from '../../principal/auth-error.js';

type ErrorClass = new (body: object) => Error;

/** Named at run time only: applications without sockets have no such package, and bundlers must not look for it. */
const classes: Readonly<Record<string, readonly [name: string, exported: string]>> = {
  ws: ['@nestjs/websockets', 'WsException'],
  rpc: ['@nestjs/microservices', 'RpcException'],
};

const logger = new Logger('Gatehouse');

/**
 * A rejection as the clients of a handler get it: `WsException` and `RpcException` with status, code and message. GraphQL
 * servers read the `extensions` of an `AuthError`, and would show the message of any other error.
 */
export async function errorForClients(type: string, error: unknown): Promise<unknown> {
  if (type === 'graphql') return error instanceof HttpException ? error : internal(error);
  const Exception = error instanceof HttpException ? await load(type) : undefined;
  return Exception === undefined
    ? error
    : Object.assign(new Exception(bodyOf(error as HttpException)), { cause: error });
}

function bodyOf(error: HttpException): object {
  const { message } = error;
  if (!(error instanceof AuthError)) return { status: 'error', code: 'FORBIDDEN', message };
  const { code, details } = error.getResponse() as { code: string; details?: unknown };
  return { status: 'error', code, message, details, retryAfterSeconds: error.retryAfterSeconds };
}

function internal(error: unknown): AuthError {
  logger.error(error);
  return new AuthError('INTERNAL_ERROR', { cause: error });
}

async function load(type: string): Promise<ErrorClass | undefined> {
  const [name = '', exported = ''] = classes[type] ?? [];
  try {
    const loaded = (await import(name)) as Record<string, ErrorClass> & {
      default?: Record<string, ErrorClass>;
    };
    return loaded[exported] ?? loaded.default?.[exported];
  } catch {
    return undefined;
  }
}
