import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { addressGroupOf } from '../../limits/failing-address.js';
import type { ConnectionLoad } from './connection-load.js';
import { bodyLimitOf } from './large-bodies.js';

export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** While more requests than these wait, nothing more is read, so that they can grow by one chunk (64 KiB) at most. */
const readAhead = 16;

/** A body may come in this many chunks of any size; any more must hold `leastBytes` on average. */
const freeChunks = 1_000;
const leastBytes = 16;

/** Fewer bytes than these, read or sent by the client, are no progress. */
const progressBytes = 16 * 1024;

/**
 * One connection of a client. Its requests run one at a time, in order, each when the answer before it has left the
 * process; until then they wait here, not yet routed. They are dropped when the connection closes.
 */
export class Connection {
  /** The addresses that count as the same client. */
  readonly group: string;
  /** Ticks at which a request last started or ended here. */
  since: number;
  private running: IncomingMessage | undefined;
  private readonly waiting: [IncomingMessage, ServerResponse][] = [];
  private afterAll: (() => void) | undefined;
  private isPaused = false;
  private idleBytes = 0;
  private idleBytesAt: number;
  private movedBytes = -Infinity;
  private progressAt: number;

  constructor(
    readonly socket: Socket,
    private readonly serve: RequestHandler,
    private readonly load: ConnectionLoad,
    private readonly ticks: () => number,
  ) {
    this.group = addressGroupOf(socket.remoteAddress ?? null);
    this.since = this.idleBytesAt = this.progressAt = ticks();
  }

  /** Whether no request runs or waits. The headers of one may be on their way. */
  get isIdle(): boolean {
    return this.running === undefined && this.waiting.length === 0;
  }

  get waitingRequests(): number {
    return this.waiting.length;
  }

  receive(request: IncomingMessage, response: ServerResponse): void {
    // The rest of a chunk, after the connection was closed.
    if (!this.socket.writable) return;
    if (request.headers['transfer-encoding'] !== undefined) rejectCrumbs(request);
    const isFirst = this.isIdle;
    this.waiting.push([request, response]);
    this.load.waiting += 1;
    if (isFirst) return this.load.start(this.startNext);
    if (this.waiting.length > readAhead && !this.isPaused) this.pause();
  }

  /** Runs `answer`, to bytes that are no request, when the requests before them were answered. Nothing runs after it. */
  answerLast(answer: () => void): void {
    const unfinished = this.waiting.at(-1)?.[0].complete === false;
    if (unfinished) {
      this.waiting.pop();
      this.load.waiting -= 1;
    }
    const isOfRunning = this.running?.complete === false;
    if (this.isIdle || isOfRunning || !this.socket.writable) return answer();
    this.afterAll ??= answer;
  }

  /**
   * Bytes held for the client: responses it has not read and requests it has not finished; and for how many milliseconds
   * it has made no progress on them.
   */
  inspect(now: number): {
    readonly heldBytes: number;
    readonly unreadBytes: number;
    readonly stalledMs: number;
  } {
    const unreadBytes = this.socket.writableLength;
    const heldBytes = unreadBytes + this.unfinishedBytes();
    if (heldBytes === 0) {
      this.movedBytes = -Infinity;
      return { heldBytes, unreadBytes, stalledMs: 0 };
    }
    const moved = this.socket.bytesRead + this.socket.bytesWritten - unreadBytes;
    if (moved - this.movedBytes >= progressBytes) {
      this.movedBytes = moved;
      this.progressAt = now;
    }
    return { heldBytes, unreadBytes, stalledMs: now - this.progressAt };
  }

  /** Forgets the requests that wait. */
  drop(): void {
    this.load.waiting -= this.waiting.length;
    this.waiting.length = 0;
    this.afterAll = undefined;
    this.resume();
  }

  private unfinishedBytes(): number {
    if (this.running !== undefined) {
      if (this.running.complete) return 0;
      const limit = bodyLimitOf(this.running);
      return Math.min(Number(this.running.headers['content-length'] ?? limit), limit);
    }
    const { bytesRead } = this.socket;
    if (this.idleBytesAt !== this.since) {
      this.idleBytesAt = this.since;
      this.idleBytes = bytesRead;
    }
    return bytesRead - this.idleBytes;
  }

  private start(request: IncomingMessage, response: ServerResponse): void {
    this.running = request;
    this.since = this.ticks();
    response.on('close', this.finish);
    this.serve(request, response);
  }

  private readonly finish = (): void => {
    this.running = undefined;
    this.since = this.ticks();
    // Requests that can be answered at once would keep all other clients waiting.
    if (this.waiting.length > 0 || this.afterAll !== undefined) this.load.startLater(this.startNext);
  };

  private readonly startNext = (): void => {
    // Also after an answer with `Connection: close` (RFC 9112 §9.6).
    if (!this.socket.writable) return this.drop();
    if (this.running !== undefined) return;
    const next = this.waiting.shift();
    if (next === undefined) return this.afterAll?.();
    this.load.waiting -= 1;
    if (this.waiting.length <= readAhead) this.resume();
    this.start(...next);
  };

  private pause(): void {
    this.isPaused = true;
    this.socket.on('resume', this.holdBack).pause();
  }

  /** Node resumes the socket after each message and each drain. */
  private readonly holdBack = (): void => void this.socket.pause();

  private resume(): void {
    if (!this.isPaused) return;
    this.isPaused = false;
    this.socket.off('resume', this.holdBack).resume();
  }
}

/** Closes the connection of a client that sends its body in crumbs: each costs as much time and memory as a large chunk. */
function rejectCrumbs(request: IncomingMessage): void {
  const push = request.push.bind(request);
  let chunks = 0;
  let bytes = 0;
  request.push = (chunk: Buffer | null, encoding?: BufferEncoding) => {
    if (chunk === null) return push(chunk, encoding);
    chunks += 1;
    bytes += chunk.length;
    if (chunks <= freeChunks || bytes >= chunks * leastBytes) return push(chunk, encoding);
    request.socket.destroy();
    return false;
  };
}

const lingerMs = 5_000;

/**
 * For a response to a client that is still sending: when the connection is closed after it, further bytes are read and
 * dropped for 5 s. Closing with unread bytes is a reset, which can overtake the response (RFC 9112 §9.6).
 */
export function drainBeforeClose(socket: Socket): void {
  // Node closes a connection after its last answer by this method.
  socket.destroySoon = () => {
    socket.end();
    setTimeout(() => socket.destroy(), lingerMs).unref();
  };
}
