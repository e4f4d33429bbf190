import { readFile } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { open } from '../support/database-tools.js';
import { Certificate, hasOpenssl } from '../support/nginx.js';
import { createMigratedDatabase, type ScratchDatabase } from '../support/scratch-database.js';

const describeHere = hasOpenssl ? describe : describe.skip;
const name = 'a server whose certificate is of a private CA';

/** Speaks TLS as PostgreSQL does, and plainly with the one behind it. */
function endTls(client: Socket, secureContext: SecureContext, target: URL): void {
  client.on('error', () => undefined);
  client.once('data', () => {
    client.write('S');
    const secure = new TLSSocket(client, { isServer: true, secureContext });
    const upstream = connect(Number(target.port), target.hostname);
    secure.on('error', () => upstream.destroy()).on('close', () => upstream.destroy());
    upstream.on('error', () => client.destroy()).on('close', () => client.destroy());
    secure.pipe(upstream).pipe(secure);
  });
}

describeHere(hasOpenssl ? name : `${name} (skipped: openssl is not installed)`, () => {
  let scratch: ScratchDatabase;
  let certificate: Certificate;
  let server: Server;

  beforeAll(async () => {
    scratch = await createMigratedDatabase();
    certificate = await Certificate.make();
    const key = await readFile(join(certificate.folder, 'key.pem'));
    const context = createSecureContext({ key, cert: certificate.pem });
    server = createServer((client) => endTls(client, context, new URL(scratch.url)));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });

  afterAll(async () => {
    server.close();
    await certificate.remove();
    await scratch.drop();
  });

  const urlWith = (query: string, host = '127.0.0.1') => {
    const { port } = server.address() as { port: number };
    return Object.assign(new URL(scratch.url), { hostname: host, port, search: query }).href;
  };
  const ca = () => `sslrootcert=${encodeURIComponent(join(certificate.folder, 'fullchain.pem'))}`;

  it.each(['require', 'verify-ca', 'verify-full'])(
    'works by sslmode=%s and its CA, without a warning',
    async (mode) => {
      const warn = jest.spyOn(process, 'emitWarning');
      const database = await open(urlWith(`?sslmode=${mode}&${ca()}`));
      await database.ping();
      expect(database.changeFeedState()).toMatchObject({ connected: true });
      await database.close();
      expect(warn).not.toHaveBeenCalled();
      warn.mockRestore();
    },
  );

  it('stops the start without its CA, and says what to set', async () => {
    for (const mode of ['require', 'verify-full'])
      await expect(open(urlWith(`?sslmode=${mode}`))).rejects.toThrow(/CA.*sslrootcert/);
  });

  it('stops the start at another host name', async () => {
    await expect(open(urlWith(`?sslmode=require&${ca()}`, 'localhost'))).rejects.toThrow('another host name');
  });

  it('is not verified only by sslmode=no-verify', async () => {
    const database = await open(urlWith('?sslmode=no-verify'));
    await database.ping();
    await database.close();
  });
});
