import { Agent } from 'node:http';
import { type ProcessAnswer, sendTo } from './process-http.js';
import type { GatehouseProcess } from './spawn-gatehouse.js';

export const personalKeyPath = '/api/v1/auth/api-keys';
export const toolKeyPath = '/api/v1/tool-keys';

export interface KnownKey {
  readonly id: string;
  readonly key: string;
}

/** Changes of a person's keys. `issue` and `end` are about tool keys, the others about the personal key. */
const rounds = ['create', 'issue', 'refresh', 'issue', 'end', 'refresh', 'revoke'] as const;
export type Change = (typeof rounds)[number];

/** A person who changes keys as fast as possible, and knows exactly what the server has acknowledged. */
export class KeyClient {
  active: KnownKey | undefined;
  readonly ended: KnownKey[] = [];
  readonly toolKeys: KnownKey[] = [];
  readonly endedToolKeys: KnownKey[] = [];
  /** The audit events of all that was acknowledged, as `type id`. */
  readonly events: string[] = [];
  /** The change that was asked for and not answered. */
  inDoubt: Change | undefined;
  acknowledged = 0;

  constructor(readonly headers: Record<string, string>) {}

  /** Goes on until the connection breaks; rejects when the server rejects anything. */
  async work(server: GatehouseProcess): Promise<void> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let step = 0; ; step += 1) {
      const change = rounds[step % rounds.length] ?? 'refresh';
      this.inDoubt = change;
      const answer = await this.ask(change, server, agent).catch(() => undefined);
      if (answer === undefined) break;
      if (answer.status >= 300) throw new Error(`${change}: ${answer.status} ${answer.body.code}`);
      this.learn(change, answer.body);
      this.inDoubt = undefined;
      this.acknowledged += 1;
    }
    agent.destroy();
  }

  private ask(change: Change, server: GatehouseProcess, agent: Agent): Promise<ProcessAnswer> {
    const sent = { headers: this.headers, agent };
    switch (change) {
      case 'create':
        return sendTo(server, 'POST', personalKeyPath, sent);
      case 'refresh':
        return sendTo(server, 'POST', `${personalKeyPath}/refresh`, sent);
      case 'revoke':
        return sendTo(server, 'DELETE', personalKeyPath, sent);
      case 'issue':
        return sendTo(server, 'POST', toolKeyPath, { ...sent, body: { taskId: 'task' } });
      case 'end':
        return sendTo(server, 'DELETE', `${toolKeyPath}/${this.toolKeys.at(-1)?.id}`, sent);
    }
  }

  private learn(change: Change, answer: KnownKey): void {
    if (change === 'issue') {
      this.toolKeys.push(answer);
      this.events.push(`issued ${answer.id}`);
      return;
    }
    if (change === 'end') {
      this.endedToolKeys.push(...this.toolKeys.splice(-1));
      this.events.push(`revoked ${answer.id}`);
      return;
    }
    if (this.active !== undefined) {
      this.ended.push(this.active);
      this.events.push(`revoked ${this.active.id}`);
    }
    this.active = change === 'revoke' ? undefined : answer;
    if (change !== 'revoke') this.events.push(`${change}${change === 'create' ? 'd' : 'ed'} ${answer.id}`);
  }
}
