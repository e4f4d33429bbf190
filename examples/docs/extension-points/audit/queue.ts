import { Global, Module } from '@nestjs/common';

/** Stands for your queue. Like NATS and SQS, it drops a message whose id it has seen. */
export class Queue {
  readonly messages = new Map<string, string>();

  async publish(messages: readonly { readonly id: string; readonly body: string }[]): Promise<void> {
    for (const { id, body } of messages) this.messages.set(id, body);
  }
}

@Global()
@Module({ providers: [Queue], exports: [Queue] })
export class QueueModule {}
