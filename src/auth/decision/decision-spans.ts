import { Injectable } from '@nestjs/common';
import type { Span } from '@opentelemetry/api';
import type { Attempt } from './attempt.js';
import type { CountedCredential, DecisionOutcome } from './decision-counts.js';

const name = 'nestjs-gatehouse';
/** Faults of Gatehouse or the application. A rejection is a normal decision, so its span is no error. */
const faults: ReadonlySet<string> = new Set([
  'AUTH_NOT_CONFIGURED',
  'AUTH_UNAVAILABLE',
  'DB_UNAVAILABLE',
  'INTERNAL_ERROR',
]);

type OpenTelemetry = typeof import('@opentelemetry/api');

/**
 * A span `gatehouse.decide` for each decision, with its outcome and the kind of credential and without any id, if the application
 * has registered a tracer provider of OpenTelemetry before it starts. Otherwise there are none, at no cost.
 */
@Injectable()
export class DecisionSpans {
  private start: ((attempt: Attempt) => Span) | undefined;

  async open(): Promise<void> {
    const api = await import('@opentelemetry/api').catch(() => undefined);
    if (api !== undefined) this.start = starterOf(api);
  }

  /** The time from which a span begins; `undefined` where there are none. */
  now(): number | undefined {
    return this.start === undefined ? undefined : performance.now();
  }

  record(attempt: Attempt, credential: CountedCredential, outcome: DecisionOutcome): void {
    const span = this.start?.(attempt);
    if (span === undefined) return;
    span.setAttributes({ 'gatehouse.outcome': outcome, 'gatehouse.credential.kind': credential });
    // `ERROR` of `SpanStatusCode`, which is a value of the package that may be missing.
    if (faults.has(outcome)) span.setStatus({ code: 2, message: outcome });
    span.end();
  }
}

/** `undefined` where no provider is registered: the API alone creates spans that nothing records. */
function starterOf({
  trace,
  context,
  propagation,
  ProxyTracerProvider,
}: OpenTelemetry): ((attempt: Attempt) => Span) | undefined {
  const provider = trace.getTracerProvider();
  const tracer =
    provider instanceof ProxyTracerProvider ? provider.getDelegateTracer(name) : provider.getTracer(name);
  return (
    tracer &&
    (({ request, startedAt }) => {
      const active = context.active();
      // Without instrumentation of HTTP, the headers are all that continues the caller's trace.
      const parent =
        trace.getSpan(active) === undefined ? propagation.extract(active, request.headers) : active;
      return tracer.startSpan('gatehouse.decide', { startTime: startedAt }, parent);
    })
  );
}
