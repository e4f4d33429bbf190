import { createServer, type Server, type ServerOptions } from 'node:http';
import type { Socket } from 'node:net';
import { Logger } from '@nestjs/common';
import { Clock } from '../../support/clock.js';
import { Counter } from '../../support/instrumentation.js';
import { ThrottledLog } from '../../support/throttle.js';
import { Connection, type RequestHandler } from './connection.js';
import { ConnectionLoad } from './connection-load.js';

/** The bounds for which a connection may be closed. */
export const connectionBounds = ['connections', 'waiting', 'memory', 'unread'] as const;
type ConnectionBound = (typeof connectionBounds)[number];

const why: Record<ConnectionBound, string> = {
  connections: 'there are too many, and it is idle or the longest at work',
  waiting: 'too many requests wait, most of them here',
  memory: 'clients leave too many bytes unread or unfinished, and this one has moved least',
  unread: 'its client does not read the answer',
};

/** Bounds of all connections of a process together, and of each. */
export interface ConnectionLimits {
  readonly maxConnections: number;
  /** Requests that are parsed and wait for an earlier one of their connection, some 2.5 KiB each. */
  readonly maxWaiting: number;
  /** Bytes held for clients that do not read their responses or do not finish their requests. */
  readonly maxHeldBytes: number;
  /** How long one client may leave a response unread. */
  readonly maxUnreadMs: number;
}

const defaults = { maxWaiting: 10_000, maxHeldBytes: 32 * 1024 * 1024, maxUnreadMs: 30_000 };

const sweepMs = 100;

/**
 * The open connections of a process, and their bounds. When a bound is reached, the connection with the largest share in
 * it is closed: a new one is never rejected for what others do.
 */
export class Connections {
  /** How many were closed for each bound. */
  readonly closed = new Counter<ConnectionBound>();
  private readonly all = new Map<Socket, Connection>();
  private readonly ofGroup = new Map<string, number>();
  private readonly load = new ConnectionLoad(() => this.clock.ticks());
  private readonly clock = new Clock();
  private readonly log = new ThrottledLog(this.clock);
  private readonly logger = new Logger('Gatehouse');
  private readonly limits: ConnectionLimits;

  constructor(limits: Pick<ConnectionLimits, 'maxConnections'> & Partial<ConnectionLimits>) {
    this.limits = { ...defaults, ...limits };
  }

  get count(): number {
    return this.all.size;
  }

  get waitingRequests(): number {
    return this.load.waiting;
  }

  /** Creates a server that passes its requests to `serve`, one at a time per connection. */
  createServer(options: ServerOptions, serve: RequestHandler): Server {
    const server = createServer(options, (request, response) => {
      this.all.get(request.socket)?.receive(request, response);
      if (this.load.waiting > this.limits.maxWaiting) this.closeLongestQueue();
    });
    server.on('connection', (socket: Socket) => this.add(socket, serve));
    let sweep: NodeJS.Timeout | undefined;
    server.on('listening', () => (sweep = setInterval(() => this.sweep(), sweepMs).unref()));
    server.on('close', () => clearInterval(sweep));
    return server;
  }

  /** Runs `answer`, the response to bytes that are not a request, after the requests before it. */
  answerLast(socket: Socket, answer: () => void): void {
    const connection = this.all.get(socket);
    if (connection === undefined) socket.destroy();
    connection?.answerLast(answer);
  }

  /**
   * Cuts those that have sent nothing, or not all of a request's headers, or whose requests were answered, once that is so
   * for `idleMs`, counted from the ticks `since` at the earliest.
   */
  cutIdle(idleMs: number, since: number): void {
    const latest = this.clock.ticks() - idleMs;
    for (const connection of this.all.values())
      if (connection.isIdle && Math.max(connection.since, since) <= latest) connection.socket.destroySoon();
  }

  private add(socket: Socket, serve: RequestHandler): void {
    if (this.all.size >= this.limits.maxConnections) this.closeOldest();
    const connection = new Connection(socket, serve, this.load, () => this.clock.ticks());
    const { group } = connection;
    this.all.set(socket, connection);
    this.ofGroup.set(group, (this.ofGroup.get(group) ?? 0) + 1);
    socket.once('close', () => this.remove(connection));
  }

  private remove(connection: Connection): void {
    if (!this.all.delete(connection.socket)) return;
    connection.drop();
    const left = (this.ofGroup.get(connection.group) ?? 0) - 1;
    if (left > 0) this.ofGroup.set(connection.group, left);
    else this.ofGroup.delete(connection.group);
  }

  /** Closes a connection of the client with more than a tenth of all, if there is one: idle first, then the oldest. */
  private closeOldest(): void {
    const [group] = largest(this.ofGroup.entries(), ([, count]) => count) ?? [];
    const isGreedy = group !== undefined && (this.ofGroup.get(group) ?? 0) * 10 > this.limits.maxConnections;
    const now = this.clock.ticks();
    const age = (connection: Connection) => {
      if (isGreedy && connection.group !== group) return -1;
      return now - connection.since + (connection.isIdle ? 1e9 : 0);
    };
    this.close(largest(this.all.values(), age), 'connections');
  }

  private closeLongestQueue(): void {
    this.close(
      largest(this.all.values(), ({ waitingRequests }) => waitingRequests),
      'waiting',
    );
  }

  /** Closes connections with a response unread for too long, then those that hold the most bytes for the longest. */
  private sweep(): void {
    const now = this.clock.ticks();
    let held = 0;
    const holding: { connection: Connection; heldBytes: number; weight: number }[] = [];
    for (const connection of this.all.values()) {
      const { heldBytes, unreadBytes, stalledMs } = connection.inspect(now);
      if (heldBytes === 0) continue;
      if (unreadBytes > 0 && stalledMs > this.limits.maxUnreadMs) {
        this.close(connection, 'unread');
        continue;
      }
      held += heldBytes;
      holding.push({ connection, heldBytes, weight: heldBytes * stalledMs });
    }
    if (held <= this.limits.maxHeldBytes) return;
    holding.sort((one, other) => other.weight - one.weight);
    for (const { connection, heldBytes } of holding) {
      if (held <= this.limits.maxHeldBytes) return;
      this.close(connection, 'memory');
      held -= heldBytes;
    }
  }

  private close(connection: Connection | undefined, bound: ConnectionBound): void {
    if (connection === undefined) return;
    this.closed.add(bound);
    this.log.note(bound, (more) =>
      this.logger.warn(`Closed a connection of ${connection.group}: ${why[bound]}${more}`),
    );
    connection.socket.destroy();
    this.remove(connection);
  }
}

function largest<T>(items: Iterable<T>, sizeOf: (item: T) => number): T | undefined {
  let found: T | undefined;
  let most = -Infinity;
  for (const item of items) {
    const size = sizeOf(item);
    if (size <= most) continue;
    found = item;
    most = size;
  }
  return found;
}
