import { v5 } from 'uuid';

const namespace = 'f1d1c8a2-5f1e-5c6b-9a63-6f5d2c9c5c0e';
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** A subject is a user id as it is when the primary issuer says a lower-case UUID; all others get a UUIDv5 (RFC 9562 §5.5). */
export function userIdOf(issuer: string, subject: string, primary: boolean): string {
  return primary && uuid.test(subject) ? subject : v5(JSON.stringify([issuer, subject]), namespace);
}
