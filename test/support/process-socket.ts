import { connect } from 'node:net';
import type { ProcessAnswer } from './process-http.js';
import type { GatehouseProcess } from './spawn-gatehouse.js';

/** A connection on which a test writes what it likes, byte by byte. */
export interface RawSocket {
  write(text: string): void;
  /** Resolves when the server has closed its side, with all it has said and the seconds since the connection was asked for. */
  readonly closed: Promise<{ readonly text: string; readonly seconds: number }>;
  /** Whether the connection was reset, so that not all may have been heard. */
  isReset(): boolean;
  destroy(): void;
}

/** With `keepOpen` it can go on writing when the server has closed its side, and has to be destroyed. */
export async function openSocket(
  { url }: Pick<GatehouseProcess, 'url'>,
  { keepOpen = false } = {},
): Promise<RawSocket> {
  const port = Number(new URL(url).port);
  const start = performance.now();
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: keepOpen });
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  let text = '';
  socket.setEncoding('utf8').on('data', (piece: string) => (text += piece));
  let isReset = false;
  socket.on('error', () => (isReset = true));
  const closed = new Promise<void>((resolve) => socket.once('end', resolve).once('close', resolve));
  return {
    write: (piece) => void socket.write(piece),
    closed: closed.then(() => ({ text, seconds: (performance.now() - start) / 1000 })),
    isReset: () => isReset,
    destroy: () => void socket.destroy(),
  };
}

/** The first answer in what a server has said on a connection. */
export function answerIn(text: string): ProcessAnswer {
  const [head = '', body = ''] = text.split(/\r\n\r\n(.*)/s);
  const [statusLine = '', ...lines] = head.split('\r\n');
  const pairs = lines.map((line) => /^([^:]+): (.*)$/.exec(line) ?? []);
  const headers = Object.fromEntries(pairs.map(([, name = '', value]) => [name.toLowerCase(), value]));
  const length = Number(headers['content-length'] ?? body.length);
  return { status: Number(statusLine.split(' ')[1]), headers, body: JSON.parse(body.slice(0, length)) };
}
