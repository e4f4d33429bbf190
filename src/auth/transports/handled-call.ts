import type { ExecutionContext } from '@nestjs/common';
import { type HttpRequest, type HttpResponse, requestOf } from '../../http/http-request.js';
import { carriedByField, knownRequestOfField, requestOfField, responseOfField } from './graphql-fields.js';
import type { Handshakes } from './handshakes.js';
import { admittedRequestOf, carriedByMessage, keepAdmitted, requestOfMessage } from './socket-messages.js';

/** A call of a handler that is no HTTP route. */
export interface HandledCall {
  readonly request: HttpRequest;
  readonly response: HttpResponse | undefined;
  /** To be called once a guard has admitted it. */
  readonly admit: () => void;
}

/** Throws for a call without an HTTP request. */
export function callOf(context: ExecutionContext, handshakes: Handshakes): HandledCall {
  const isGraphql = context.getType<string>() === 'graphql';
  const request = isGraphql ? requestOfField(context, handshakes) : requestOfMessage(context, handshakes);
  if (request === undefined) throw new Error(withoutRequest(context));
  return {
    request,
    response: isGraphql ? responseOfField(context) : undefined,
    admit: () => (isGraphql ? undefined : keepAdmitted(context, request)),
  };
}

/** The request that a parameter of a handler is about; `undefined` where no guard has admitted one. */
export function requestOfHandler(context: ExecutionContext): HttpRequest | undefined {
  const type = context.getType<string>();
  if (type === 'http') return requestOf(context);
  return type === 'graphql' ? knownRequestOfField(context) : admittedRequestOf(context);
}

/** What tells which of several applications in a process a call is for. */
export function carriedRequestOf(context: ExecutionContext): HttpRequest {
  const isGraphql = context.getType<string>() === 'graphql';
  return (isGraphql ? carriedByField(context) : carriedByMessage(context)) ?? { headers: {} };
}

function withoutRequest(context: ExecutionContext): string {
  const handler = `${context.getClass().name}.${context.getHandler().name}`;
  const where = `${handler} is a handler of type "${context.getType()}"`;
  if (context.getType() === 'ws')
    return `${where}, and its socket does not say which request opened it: call gatehouse.authenticateSocket(client, { request }) in handleConnection.`;
  return `${where} without an HTTP request, so guards of Gatehouse find no credential. Mark it @Public() and let it call gatehouse.verify(credential).`;
}
