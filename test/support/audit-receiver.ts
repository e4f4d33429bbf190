import { createHmac, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedEvent {
  readonly id: string;
  readonly type: string;
  readonly subject: { readonly type: string; readonly id: string };
}

/** How a request is answered; nothing is the receiver's own business but what it has taken. */
type Answer = (response: ServerResponse, events: readonly ReceivedEvent[]) => void | Promise<void>;

/** The other end of a webhook: checks signatures as Standard Webhooks tells receivers to, and keeps the events. */
export class AuditReceiver {
  readonly secret = `whsec_${randomBytes(32).toString('base64')}`;
  /** Those it has said yes to, as often as it did. */
  readonly taken: ReceivedEvent[] = [];
  /** Of the messages it was sent, also those it rejected. */
  readonly messages: { readonly id: string; readonly events: readonly ReceivedEvent[] }[] = [];
  readonly faults: string[] = [];
  answer: Answer = (response) => void response.writeHead(204).end();
  private server: Server | undefined;
  private port = 0;

  get url(): string {
    return `http://127.0.0.1:${this.port}/hooks/audit`;
  }

  /** Listens, on the same port as before if it did. */
  async open(): Promise<void> {
    this.server = createServer((request, response) => {
      this.receive(request, response).catch((error: unknown) => this.faults.push(String(error)));
    });
    await new Promise<void>((resolve) => this.server?.listen(this.port, '127.0.0.1', resolve));
    this.port = (this.server.address() as AddressInfo).port;
  }

  /** Is out of reach from now on. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server?.close(resolve));
    this.server?.closeAllConnections();
    await closed;
  }

  private async receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString('utf8');
    const fault = this.faultOf(request, body);
    if (fault !== undefined) this.faults.push(fault);
    const { type, data } = JSON.parse(body) as { type: string; data: { events: ReceivedEvent[] } };
    if (type !== 'audit.events') this.faults.push(`type ${type}`);
    this.messages.push({ id: String(request.headers['webhook-id']), events: data.events });
    response.on('finish', () => {
      if (response.statusCode < 300) this.taken.push(...data.events);
    });
    await this.answer(response, data.events);
  }

  private faultOf({ headers, method, url }: IncomingMessage, body: string): string | undefined {
    if (method !== 'POST' || url !== '/hooks/audit') return `${method} ${url}`;
    const [id, timestamp, signature] = ['id', 'timestamp', 'signature'].map((name) =>
      String(headers[`webhook-${name}`]),
    );
    if (Math.abs(Date.now() / 1000 - Number(timestamp)) > 300) return `timestamp ${timestamp}`;
    const key = Buffer.from(this.secret.slice('whsec_'.length), 'base64');
    const right = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
    return signature?.split(' ').includes(`v1,${right}`) ? undefined : `signature ${signature}`;
  }
}
