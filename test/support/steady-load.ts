import { Agent, request } from 'node:https';

export interface LoadRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: object;
}

/** Callers that ask again as soon as they are answered, over connections that are kept, and never repeat a request. */
export class SteadyLoad {
  /** How often each `<method> <status>`, or `<method> <error code>` of a connection, came. */
  readonly outcomes = new Map<string, number>();

  private readonly agent: Agent;
  private readonly callers: readonly Promise<void>[];
  private stopping = false;

  /** Each of `requests` is sent by `each` callers. `ca` is the trusted authority. */
  constructor(
    private readonly url: string,
    ca: string,
    requests: readonly LoadRequest[],
    each: number,
  ) {
    this.agent = new Agent({ keepAlive: true, ca });
    this.callers = requests.flatMap((one) => Array.from({ length: each }, () => this.repeat(one)));
  }

  count(outcome: string): number {
    return this.outcomes.get(outcome) ?? 0;
  }

  /** Resolves when all that was asked is answered. */
  async stop(): Promise<void> {
    this.stopping = true;
    await Promise.all(this.callers);
    this.agent.destroy();
  }

  private async repeat(one: LoadRequest): Promise<void> {
    while (!this.stopping) {
      const outcome = `${one.method} ${await this.send(one)}`;
      this.outcomes.set(outcome, this.count(outcome) + 1);
    }
  }

  private send({ method, path, headers, body }: LoadRequest): Promise<string> {
    const payload = body && JSON.stringify(body);
    const json = payload === undefined ? {} : { 'content-type': 'application/json' };
    return new Promise((resolve) => {
      const options = { method, agent: this.agent, headers: { ...json, ...headers } };
      const failed = (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message);
      request(this.url + path, options)
        .on('error', failed)
        .on('response', (incoming) => {
          incoming.on('error', failed).on('end', () => resolve(String(incoming.statusCode)));
          incoming.resume();
        })
        .end(payload);
    });
  }
}
