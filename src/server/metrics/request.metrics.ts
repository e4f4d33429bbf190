import type { Socket } from 'node:net';
import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Counter, Histogram, Registry } from 'prom-client';
import { Clock } from '../../support/clock.js';
import { connectionBounds, type Connections } from '../http/connections.js';
import { readCounter, readGauge } from './read-metric.js';

/** RFC 9110 §9.3 and RFC 5789. */
const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE']);

/** Counts and times requests by the template of their route: whatever paths are sent, there are no more series than routes. */
@Injectable()
export class RequestMetrics {
  private readonly requests: Counter<'route' | 'method' | 'status'>;
  private readonly seconds: Histogram<'route' | 'method'>;

  private readonly serving = new WeakSet<Socket>();

  constructor(
    private readonly registry: Registry,
    private readonly clock: Clock,
  ) {
    this.requests = new Counter({
      name: 'gatehouse_http_requests_total',
      help: 'Requests answered, by route template.',
      labelNames: ['route', 'method', 'status'],
      registers: [registry],
    });
    this.seconds = new Histogram({
      name: 'gatehouse_http_request_duration_seconds',
      help: 'Time from the headers of a request to the end of its response.',
      labelNames: ['route', 'method'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers: [registry],
    });
  }

  /** Call it when the request comes in, and `count` when its response has closed. */
  begin({ raw: { socket } }: FastifyRequest): void {
    this.serving.add(socket);
  }

  /** Counts a request that was answered or aborted; `began` are the ticks at which it came in. */
  count(
    { raw, method: sent, routeOptions }: FastifyRequest,
    { raw: response }: FastifyReply,
    began: number,
  ): void {
    this.serving.delete(raw.socket);
    const route = routeOptions.url ?? 'unmatched';
    const method = nameOf(sent);
    const status = response.writableFinished ? String(response.statusCode) : 'aborted';
    this.requests.inc({ route, method, status });
    this.seconds.observe({ route, method }, (this.clock.ticks() - began) / 1000);
  }

  /** Reads at each scrape how many connections there are, and how many were closed for a bound. */
  watchConnections(connections: Connections): void {
    readGauge(this.registry, {
      name: 'gatehouse_http_connections',
      help: 'Open client connections.',
      labelNames: [],
      read: () => [[{}, connections.count]],
    });
    readGauge(this.registry, {
      name: 'gatehouse_http_requests_waiting',
      help: 'Requests waiting for the response to an earlier one on their connection.',
      labelNames: [],
      read: () => [[{}, connections.waitingRequests]],
    });
    readCounter(this.registry, {
      name: 'gatehouse_http_connections_closed_total',
      help: 'Connections closed because a limit was reached; kind names the limit.',
      labelNames: ['kind'],
      read: () => connectionBounds.map((kind) => [{ kind }, connections.closed.of(kind)]),
    });
  }

  /** For an answer to what never became a request, so that nothing is known of it. What breaks off in its body did. */
  countUnread(status: number, socket: Socket): void {
    if (this.serving.has(socket)) return;
    this.requests.inc({ route: 'unreadable', method: 'OTHER', status: String(status) });
  }
}

function nameOf(method: string): string {
  return methods.has(method) ? method : 'OTHER';
}
