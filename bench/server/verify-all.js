import { ApiKeyVerifier } from '../../dist/auth/verifiers/key.verifier.js';

const origin = { ip: '127.0.0.1', userAgent: null, requestId: null };

/** Verifies these keys, one after the other, with the verifier of this service. Rejects when one is rejected. */
export async function verifyAll(service, keys) {
  const verifier = service.get(ApiKeyVerifier, { strict: false });
  for (const key of keys) await verifier.verify(key, origin);
}
