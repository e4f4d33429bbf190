import { type CredentialHolder, CustomCredential } from 'nestjs-gatehouse/seams';

const programs: Record<string, string> = { '9f3c1d': 'nightly-export' };

/** The proxy sets the header to the fingerprint of a verified certificate, and removes it from client requests. */
export class ClientCertificate extends CustomCredential {
  override readonly name = 'certificate';
  override readonly place = { header: 'X-Client-Cert' };
  override readonly rememberedForSeconds = 60;

  override async verify(fingerprint: string): Promise<CredentialHolder | undefined> {
    if (!Object.hasOwn(programs, fingerprint)) return undefined;
    return { program: { id: programs[fingerprint] ?? '', ownerId: 'acme' }, scopes: ['profile:read'] };
  }
}
