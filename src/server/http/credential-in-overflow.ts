import { maxHeaderSize } from 'node:http';
import type { ErrorCode } from '../../principal/error-codes.js';

const codeOfHeader: Partial<Record<string, ErrorCode>> = {
  authorization: 'INVALID_TOKEN',
  'x-api-key': 'INVALID_API_KEY',
  'x-makima-api-key': 'INVALID_API_KEY',
  'x-tool-key': 'INVALID_TOOL_KEY',
  'x-makima-tool-key': 'INVALID_TOOL_KEY',
};

/**
 * The code for a credential that is by itself longer than all headers may be. Node keeps only the bytes it was reading
 * when it gave up, so this can tell no more than the header that begins in them; `undefined` when that is none of ours.
 */
export function credentialInOverflow(packet: unknown): ErrorCode | undefined {
  const text = Buffer.isBuffer(packet) ? packet.toString('latin1') : '';
  const tooLong = text.split('\r\n').find((line) => line.length > maxHeaderSize);
  const name = /^[\w-]{1,64}(?=:)/.exec(tooLong ?? '')?.[0];
  return name === undefined ? undefined : codeOfHeader[name.toLowerCase()];
}
