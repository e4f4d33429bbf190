import { lookup } from 'node:dns/promises';
import type { Server } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

/** Listens on `host`; `localhost` may have an address of IPv4 and one of IPv6, and is listened to on both. */
export async function listenOn(
  app: NestFastifyApplication,
  { port, host }: { readonly port: number; readonly host: string },
): Promise<void> {
  await app.listen({ port, host });
  if (host !== 'localhost') return;
  const server: Server = app.getHttpServer();
  const main = server.address() as AddressInfo;
  const found = await lookup(host, { all: true });
  const others = found.map(({ address }) => address).filter((address) => address !== main.address);
  await Promise.all(others.map((address) => alsoListenOn(server, main.port, address)));
}

/** Resolves also when there is no such address on this machine. */
function alsoListenOn(server: Server, port: number, address: string): Promise<void> {
  const options = { allowHalfOpen: true, noDelay: true };
  const other = createServer(options, (socket: Socket) => void server.emit('connection', socket));
  server.once('close', () => other.close());
  return new Promise((resolve) => other.once('error', () => resolve()).listen(port, address, resolve));
}

/** Where a server listens that does, without a slash at the end. */
export function serverUrl(server: Server): string {
  const { address, port, family } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
