import type { HttpRequest } from '../../http/http-request.js';
import type { DecisionService } from './decision.service.js';

/** An application with `AuthModule`, and the objects by which its requests name the server that received them. */
export interface Application {
  readonly decision: DecisionService;
  readonly servers: readonly unknown[];
}

/** Those that run in this process. */
const applications = new Set<Application>();

export function addApplication(application: Application): void {
  applications.add(application);
}

export function removeApplication(application: Application): void {
  applications.delete(application);
}

interface ServedRequest extends HttpRequest {
  /** In Express. */
  readonly app?: unknown;
  /** In Fastify. */
  readonly server?: unknown;
  readonly raw?: HttpRequest['raw'] & { readonly socket?: { readonly server?: unknown } };
}

/**
 * The decision of the application that serves the request, for what Nest does not create: strategies of Passport, and guards
 * made with `new`, as `user` names them. Throws if there is none. A request that names no server belongs to the only one.
 */
export function decisionFor(request: ServedRequest, user: string): DecisionService {
  const { app, server, socket, raw } = request;
  const named: unknown[] = [app, server, (socket ?? raw?.socket)?.server].filter((one) => one != null);
  const found = [...applications].filter(
    ({ servers }) => named.length === 0 || servers.some((one) => named.includes(one)),
  );
  const [first, ...others] = found;
  if (first === undefined) throw withoutAuthModule(user);
  if (others.length === 0) return first.decision;
  throw new Error(`${user} cannot tell which of ${found.length} applications this request is for.`);
}

export function withoutAuthModule(user: string): Error {
  return new Error(
    `${user} is used, but AuthModule is not imported: add AuthModule.forRoot({ … }) to the imports of the root module.`,
  );
}
