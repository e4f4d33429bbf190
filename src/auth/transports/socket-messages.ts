import type { ExecutionContext } from '@nestjs/common';
import type { HttpRequest } from '../../http/http-request.js';
import { isObject, isRequest, rawHeadersOf, RequestView, viewOfHandshake } from './request-view.js';

const handshakes = new WeakMap<object, HttpRequest>();
/** By the arguments of the handler, which are the same for all of its guards. */
const messages = new WeakMap<object, HttpRequest>();
/** By socket and handler: parameters get the arguments in a list of their own. */
const admitted = new WeakMap<object, WeakMap<object, HttpRequest>>();

/** Keeps the request that opened a socket; a socket of ws does not know its own. */
export function keepHandshake(client: object, request: HttpRequest): void {
  handshakes.set(client, request);
}

/** The request that opened a socket, as far as the socket knows it: that of socket.io does. */
export function handshakeOf(client: object, names: readonly string[]): HttpRequest | undefined {
  const { handshake, request } = client as { readonly handshake?: unknown; readonly request?: unknown };
  if (!isObject(handshake) || !isRequest(handshake)) return undefined;
  const { auth, address } = handshake as { readonly auth?: unknown; readonly address?: unknown };
  const opened = isRequest(request) ? request : handshake;
  const ip = typeof address === 'string' ? address : undefined;
  const view = viewOfHandshake(opened, auth, names);
  return new RequestView(view, { ip: view.ip ?? ip });
}

/** The request of a message for the guards of its handler: the one that opened the socket, decided anew for each message. */
export function requestOfMessage(
  context: ExecutionContext,
  names: readonly string[],
): HttpRequest | undefined {
  const args = context.getArgs<unknown[]>();
  const known = messages.get(args);
  if (known !== undefined) return known;
  const carrier = carrierOf(context);
  if (carrier === undefined) return undefined;
  const opened =
    context.getType() === 'ws' ? (handshakes.get(carrier) ?? handshakeOf(carrier, names)) : carrier;
  if (opened === undefined) return undefined;
  const message = new RequestView(opened as HttpRequest, { method: 'MESSAGE', id: undefined });
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
  return carrier && admitted.get(carrier)?.get(context.getHandler());
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
