import type { ExecutionContext } from '@nestjs/common';
import type { HttpRequest } from '../../http/http-request.js';
import { isOneMessage } from '../decision/request-attempts.js';
import type { Handshakes } from './handshakes.js';
import { isObject, isRequest, rawHeadersOf, RequestView } from './request-view.js';

const opened = new WeakMap<object, HttpRequest>();
/** By the arguments of the handler, which are the same for all of its guards. */
const messages = new WeakMap<object, HttpRequest>();
/** By socket and handler: parameters get the arguments in a list of their own. */
const admitted = new WeakMap<object, WeakMap<object, HttpRequest>>();

/** Keeps the request that opened a socket; a socket of ws does not know its own. */
export function keepHandshake(client: object, request: HttpRequest): void {
  opened.set(client, request);
}

/** The request of a message for the guards of its handler: the one that opened the socket, decided anew for each message. */
export function requestOfMessage(context: ExecutionContext, handshakes: Handshakes): HttpRequest | undefined {
  const args = context.getArgs<unknown[]>();
  const known = messages.get(args);
  if (known !== undefined) return known;
  const carrier = carrierOf(context);
  if (carrier === undefined) return undefined;
  if (isOneMessage(carrier)) return carrier;
  const request =
    context.getType() === 'ws' ? (opened.get(carrier) ?? handshakes.ofSocket(carrier)) : carrier;
  if (request === undefined) return undefined;
  const message = new RequestView(request as HttpRequest, { method: 'MESSAGE', id: undefined });
  messages.set(args, message);
  return message;
}

/** The request behind a message as it was received, as far as it is known. */
export function carriedByMessage(context: ExecutionContext): HttpRequest | undefined {
  const carrier = carrierOf(context) as { readonly request?: unknown } | undefined;
  return [carrier, carrier?.request].find(isRequest);
}

/** Lets the parameters of the handler find the request. */
export function keepAdmitted(context: ExecutionContext, request: HttpRequest): void {
  const carrier = carrierOf(context);
  if (carrier === undefined) return;
  const ofCarrier = admitted.get(carrier) ?? new WeakMap<object, HttpRequest>();
  admitted.set(carrier, ofCarrier.set(context.getHandler(), request));
}

/** The request that a guard of the handler has admitted; of messages that are handled at once, the latest. */
export function admittedRequestOf(context: ExecutionContext): HttpRequest | undefined {
  const carrier = carrierOf(context);
  if (carrier === undefined) return undefined;
  return isOneMessage(carrier) ? carrier : admitted.get(carrier)?.get(context.getHandler());
}

/** The socket of a message, or the HTTP request that an RPC context has. What an RPC message itself says is none. */
function carrierOf(context: ExecutionContext): object | undefined {
  if (context.getType() === 'ws') return objectOf(context.getArgByIndex<unknown>(0));
  const rpc = context.getArgByIndex<unknown>(1);
  if (context.getType() !== 'rpc' || !isObject(rpc)) return undefined;
  const args: unknown = typeof rpc.getArgs === 'function' ? rpc.getArgs() : [];
  return [rpc, rpc.req, rpc.request, ...(Array.isArray(args) ? args : [])].find(isReceived);
}

/** Kafka and NATS have headers too; those of HTTP are also there as received. */
function isReceived(value: unknown): value is HttpRequest {
  return isRequest(value) && Array.isArray(rawHeadersOf(value));
}

function objectOf(value: unknown): object | undefined {
  return isObject(value) ? value : undefined;
}
