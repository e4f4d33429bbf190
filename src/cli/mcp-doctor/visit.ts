import { reachOf, type Reach } from '../http/addresses.js';
import type { StumblingBlock } from './stumbling-blocks.js';
import { type IncomingAnswer, NoAnswer, type OutgoingRequest, send } from '../http/bounded-request.js';

/** The parts of an examination, in their order. */
export const steps = {
  endpoint: 'The MCP endpoint',
  challenge: 'The challenge',
  resource: 'Protected resource metadata (RFC 9728)',
  server: 'The authorization server (RFC 8414, OpenID Connect Discovery)',
  browser: 'Pages of other sites (CORS)',
  key: 'A key',
} as const;
export type Step = keyof typeof steps;

/** Kinds of clients that differ in what they need. */
export const clients = {
  claude: 'Claude (claude.ai, Desktop, mobile)',
  chatgpt: 'ChatGPT',
  ide: 'IDEs and terminals (VS Code, Cursor, Claude Code)',
  browser: 'Inspectors in a browser',
  script: 'Scripts with a key',
} as const;
export type ClientKind = keyof typeof clients;

/** They send a person to log in. */
export const withLogin: readonly ClientKind[] = ['claude', 'chatgpt', 'ide', 'browser'];
export const everyone: readonly ClientKind[] = [...withLogin, 'script'];

export interface Finding {
  readonly step: Step;
  /** For programs. */
  readonly code: string;
  /** A `problem` stops clients; a `note` is worth knowing. */
  readonly level: 'good' | 'note' | 'problem';
  readonly text: string;
  /** Those that stumble over it. */
  readonly clients: readonly ClientKind[];
}

/** How a visit sends its requests. */
export interface VisitOptions {
  /** What the server names may be nearer to this machine than the server. */
  readonly allowsPrivate: boolean;
  /** By default 60 s. */
  readonly examinationMs?: number;
  /** By default 10 s. */
  readonly requestMs?: number;
  readonly sending?: typeof send;
}

/** One examination: what was found, and the requests that it may send. */
export class Visit {
  readonly findings: Finding[] = [];
  private readonly startedAt = performance.now();
  /** How close the server's address is: the Internet, a private network or this machine. URLs that it names must not be closer. */
  private reach: Reach | undefined;

  /** `given` is the URL as it was typed: clients compare it byte for byte. */
  constructor(
    readonly url: URL,
    readonly given: string,
    private readonly options: VisitOptions,
  ) {}

  good(step: Step, code: string, text: string): void {
    this.findings.push({ step, code, level: 'good', text, clients: [] });
  }

  note(step: Step, code: string, text: string): void {
    this.findings.push({ step, code, level: 'note', text, clients: [] });
  }

  /** A note about what only these clients need. */
  stumble(step: Step, code: StumblingBlock, text: string, stumbling: readonly ClientKind[]): void {
    this.findings.push({ step, code, level: 'note', text, clients: stumbling });
  }

  problem(
    step: Step,
    code: StumblingBlock,
    text: string,
    stumbling: readonly ClientKind[] = withLogin,
  ): void {
    this.findings.push({ step, code, level: 'problem', text, clients: stumbling });
  }

  /** Sends a request, never with a credential of the user. Rejects with `NoAnswer`, also when the examination takes too long. */
  async ask(url: URL, request: OutgoingRequest = {}): Promise<IncomingAnswer> {
    const { allowsPrivate, examinationMs = 60_000, requestMs = 10_000, sending = send } = this.options;
    const left = examinationMs - (performance.now() - this.startedAt);
    if (left <= 0) throw new NoAnswer(`not asked: the examination has taken ${examinationMs / 1_000} s`);
    const timeoutMs = Math.ceil(Math.min(left, requestMs));
    const answer = await sending(url, { timeoutMs, notNearerThan: this.reach, ...request });
    this.reach ??= allowsPrivate ? 'loopback' : reachOf(answer.address);
    return answer;
  }
}

const longestShown = 200;

/** Text of a server, as a sentence shows it. The terminal escapes what it must not print. */
export function shown(text: unknown): string {
  const written = typeof text === 'string' ? text : (JSON.stringify(text) ?? 'nothing');
  return written.length > longestShown ? `${written.slice(0, longestShown)}…` : written;
}

/** The first few of a list of a server. */
export function shownList(list: readonly unknown[]): string {
  const some = list.slice(0, 10).map(shown).join(' ');
  return list.length > 10 ? `${some} … (${list.length})` : some;
}
