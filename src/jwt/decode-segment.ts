import { isUtf8 } from 'node:buffer';
import { isJsonObject, type JsonObject } from '../support/json.js';

/**
 * The bytes of a base64url segment without padding (RFC 7515 §2); `undefined` unless it is their only spelling
 * (RFC 4648 §3.5): stray bits at the end would make two texts of one token.
 */
export function decodeSegment(segment: string): Buffer | undefined {
  const bytes = Buffer.from(segment, 'base64url');
  return bytes.toString('base64url') === segment ? bytes : undefined;
}

/** The JSON object in a segment's bytes, UTF-8 checked; of a repeated name the last counts (RFC 7515 §4). */
export function readJsonObject(bytes: Buffer): JsonObject | undefined {
  if (!isUtf8(bytes)) return undefined;
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return isJsonObject(value) ? value : undefined;
  } catch {
    // Not chained: JSON.parse quotes its input, which is the token.
    return undefined;
  }
}
