import type { ExecutionContext } from '@nestjs/common';
import type { HttpRequest, HttpResponse } from '../../http/http-request.js';
import { attemptOf, attemptWithin } from '../decision/request-attempts.js';
import { type Handshakes, opensSocket } from './handshakes.js';
import { isObject, isRequest, RequestView } from './request-view.js';

/** What is unique to one execution of an operation, and to one event of a subscription. */
interface Execution {
  readonly variableValues: object;
  readonly rootValue?: unknown;
}

/** Where a resolver is called: the arguments are `[root, args, context, info]`, and `[reference, context, info]` in a federation. */
interface Place {
  readonly context: unknown;
  readonly info: (object & Execution) | undefined;
}

type Requests = WeakMap<object, HttpRequest>;

const fields = new WeakMap<object, Requests>();
const operations = new WeakMap<HttpRequest, WeakMap<object, Requests>>();

/**
 * The request of a field for the guards of its resolver. The fields of an operation are decided one by one, but its credential
 * is verified, charged and counted once. Each operation of a batch is one by itself. `undefined` if there is no request.
 */
export function requestOfField(context: ExecutionContext, handshakes: Handshakes): HttpRequest | undefined {
  const place = placeOf(context);
  const carrier = carrierIn(place.context);
  if (carrier === undefined) return undefined;
  const { request, connectionParams } = carrier;
  const { info } = place;
  if (info === undefined) return request;
  const ofField = valueOf(fields, info, () => new WeakMap<object, HttpRequest>());
  return valueOf(ofField, context.getHandler(), () => {
    const operation = operationOf(request, info, () => handshakes.view(request, connectionParams));
    const field = new RequestView(operation);
    attemptWithin(field, attemptOf(operation));
    return field;
  });
}

/** The same for a parameter, also of a resolver without guards below one that has them. */
export function knownRequestOfField(context: ExecutionContext): HttpRequest | undefined {
  const place = placeOf(context);
  const request = carrierIn(place.context)?.request;
  if (request === undefined || place.info === undefined) return request;
  const { info } = place;
  const operation = operations.get(request)?.get(info.variableValues)?.get(rootOf(info));
  return fields.get(info)?.get(context.getHandler()) ?? operation ?? request;
}

/** The request that an operation is part of; of a subscription, the one that opened its socket. */
export function carriedByField(context: ExecutionContext): HttpRequest | undefined {
  return carrierIn(placeOf(context).context)?.request;
}

/** Where the headers of a key's limit are sent; nowhere for a socket. */
export function responseOfField(context: ExecutionContext): HttpResponse | undefined {
  const { context: shared } = placeOf(context);
  const request = carrierIn(shared)?.request as (HttpRequest & { readonly res?: unknown }) | undefined;
  if (!isObject(shared) || request === undefined) return undefined;
  const response = [shared.res, shared.reply, request.res].find(isResponse);
  return response && { header: (name, value) => isSent(response) || response.header(name, value) };
}

type Response = HttpResponse & { readonly headersSent?: boolean; readonly sent?: boolean };

function isResponse(value: unknown): value is Response {
  return isObject(value) && typeof value.header === 'function';
}

function isSent({ headersSent, sent }: Response): boolean {
  return headersSent === true || sent === true;
}

/** The first operation of a request is the request itself, so that what middleware has verified of it counts once. */
function operationOf(request: HttpRequest, info: Execution, handshake: () => HttpRequest): HttpRequest {
  const isFirst = !operations.has(request);
  return valueOf(requestsOf(request, info), rootOf(info), () => {
    if (opensSocket(request)) return handshake();
    return isFirst ? request : new RequestView(request, { holder: request });
  });
}

function requestsOf(request: HttpRequest, { variableValues }: Execution): Requests {
  const ofRequest = valueOf(operations, request, () => new WeakMap<object, Requests>());
  return valueOf(ofRequest, variableValues, () => new WeakMap<object, HttpRequest>());
}

/** Each event of a subscription has a root of its own. */
function rootOf({ rootValue, variableValues }: Execution): object {
  return isObject(rootValue) ? rootValue : variableValues;
}

function placeOf(context: ExecutionContext): Place {
  const args: readonly unknown[] = context.getArgs();
  const last = args.findLastIndex(
    (one) => isObject(one) && isObject(one.variableValues) && 'fieldName' in one,
  );
  if (last > 0) return { context: args[last - 1], info: args[last] as object & Execution };
  return { context: args[2], info: undefined };
}

interface Carrier {
  readonly request: HttpRequest;
  readonly connectionParams?: unknown;
}

/** Nest's driver of Apollo gives the connection of graphql-ws as `req`. */
function carrierIn(context: unknown): Carrier | undefined {
  if (!isObject(context)) return undefined;
  return carrierAt(context) ?? (isObject(context.req) ? carrierAt(context.req) : undefined);
}

/** `req` is that of Nest's drivers, `reply` of Mercurius, `extra` of graphql-ws. */
function carrierAt({ req, request, reply, extra, connectionParams }: Record<string, unknown>) {
  const places = [req, request, isObject(reply) && reply.request, isObject(extra) && extra.request];
  const found = places.find(isRequest);
  return found && { request: found, connectionParams };
}

function valueOf<K extends object, V>(map: WeakMap<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
