import { createHmac, hash } from 'node:crypto';
import { textOf } from '../database/database-errors.js';
import { Clock } from '../support/clock.js';
import { causeOf } from '../support/errors.js';
import type { AuditEventView } from './audit-event.js';
import { AuditSink, SinkError } from './audit-sink.js';

export const webhookSecretRule =
  'must be whsec_ and 24 to 64 random bytes in base64; during a change both, separated by a space';

const marker = 'whsec_';
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;

/** Secrets as Standard Webhooks writes them, separated by spaces; `undefined` if one of them is invalid. */
export function parseWebhookSecrets(text: unknown): Buffer[] | undefined {
  if (typeof text !== 'string') return undefined;
  const keys = text.split(' ').map(keyOf);
  return keys.every((key) => key !== undefined) ? keys : undefined;
}

function keyOf(secret: string): Buffer | undefined {
  const body = secret.slice(marker.length);
  if (!secret.startsWith(marker) || !base64.test(body)) return undefined;
  const key = Buffer.from(body, 'base64');
  return key.length >= 24 && key.length <= 64 ? key : undefined;
}

export const webhookUrlRule =
  'must be an https URL (http for a loopback host only) without a user name and a password';

const loopback = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** Events contain personal data, so they are sent over TLS or to this machine only. */
export function isWebhookUrl(text: unknown): text is string {
  if (typeof text !== 'string' || !URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  if (username !== '' || password !== '') return false;
  return protocol === 'https:' || (protocol === 'http:' && loopback.test(hostname));
}

/** Statuses that do not concern the events: timeout, too early, too many requests. */
const later: ReadonlySet<number> = new Set([408, 425, 429]);

/** Where events are posted and how they are signed. */
export interface WebhookAuditSinkOptions {
  /** https, or http to a loopback host. Redirects are not followed. */
  readonly url: string;
  /** `whsec_` and 24 to 64 bytes in base64. During a change: old and new, separated by a space. */
  readonly secret: string;
}

/**
 * Posts events to a URL, signed as in Standard Webhooks: `webhook-id`, `webhook-timestamp`, `webhook-signature`. The body
 * is `{ type: 'audit.events', timestamp, data: { events } }`. 2xx accepts the events; 4xx rejects at least one of them,
 * except 408, 425 and 429, which mean later.
 */
export class WebhookAuditSink extends AuditSink {
  private readonly url: URL;
  private readonly keys: readonly Buffer[];

  constructor(
    { url, secret }: WebhookAuditSinkOptions,
    private readonly clock: Clock = new Clock(),
  ) {
    super();
    const keys = parseWebhookSecrets(secret);
    if (!isWebhookUrl(url)) throw new Error(`WebhookAuditSink: url ${webhookUrlRule}.`);
    if (keys === undefined) throw new Error(`WebhookAuditSink: secret ${webhookSecretRule}.`);
    this.url = new URL(url);
    this.keys = keys;
  }

  override async send(events: readonly AuditEventView[], signal: AbortSignal): Promise<void> {
    const body = JSON.stringify({ type: 'audit.events', timestamp: events.at(-1)?.time, data: { events } });
    const response = await this.post({
      signal,
      headers: { 'content-type': 'application/json', 'user-agent': 'gatehouse', ...this.sign(events, body) },
      body,
    });
    // The body is not needed and may be endless.
    await response.body?.cancel().catch(() => undefined);
    if (!response.ok) throw this.errorOf(response);
  }

  private errorOf({ status, headers }: Response): Error {
    const message = `the webhook at ${this.url.host} answered ${status}`;
    const retryAfterMs = retryAfterOf(headers.get('retry-after'), this.clock.now());
    const isRejected = status >= 400 && status < 500 && !later.has(status);
    const kind = isRejected ? 'refused' : status === 429 ? 'busy' : 'failed';
    return new SinkError(message, kind, isRejected ? undefined : retryAfterMs);
  }

  private async post(init: RequestInit): Promise<Response> {
    try {
      return await fetch(this.url, { ...init, method: 'POST', redirect: 'manual' });
    } catch (error) {
      throw new Error(`the webhook at ${this.url.host} is unreachable: ${reasonOf(error)}`, {
        cause: error,
      });
    }
  }

  private sign(events: readonly AuditEventView[], body: string): Record<string, string> {
    // The same events have the same id, however often they are sent.
    const id = `msg_${hash('sha256', events.map((event) => event.id).join(), 'hex')}`;
    const timestamp = String(Math.floor(this.clock.now() / 1000));
    const signatures = this.keys.map(
      (key) => `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`,
    );
    return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
  }
}

/** RFC 9110 §10.2.3: seconds, or a date. */
function retryAfterOf(text: string | null, now: number): number | undefined {
  if (text === null) return undefined;
  const milliseconds = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return milliseconds >= 0 ? milliseconds : undefined;
}

/** undici hides it in the cause, which for a name with several addresses has a code and no message. */
function reasonOf(error: unknown): string {
  const { cause } = error as { cause?: unknown };
  return textOf(cause, 'code') ?? causeOf(error);
}
