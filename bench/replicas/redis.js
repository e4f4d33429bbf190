import { connect } from 'node:net';

/** The server at BENCH_REDIS_URL or the local default port; or `lack`, why there is none. */
export async function redisAt({ BENCH_REDIS_URL }) {
  const url = BENCH_REDIS_URL || 'redis://127.0.0.1:6379';
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect(Number(port || 6379), hostname);
    socket.setTimeout(1_000, () => socket.destroy(new Error('it does not answer')));
    socket.on('connect', () => resolve({ url }) ?? socket.destroy());
    socket.on('error', (error) =>
      resolve({ lack: `no Redis at ${hostname} (${error.code ?? error.message})` }),
    );
  });
}
