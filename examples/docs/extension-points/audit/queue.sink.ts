import { Injectable } from '@nestjs/common';
import { type AuditEventView, AuditSink } from 'nestjs-gatehouse/seams';
import { Queue } from './queue.js';

@Injectable()
export class QueueSink extends AuditSink {
  constructor(private readonly queue: Queue) {
    super();
  }

  override async send(events: readonly AuditEventView[]): Promise<void> {
    await this.queue.publish(events.map((event) => ({ id: event.id, body: JSON.stringify(event) })));
  }
}
