import { v5 } from 'uuid';
import type { FormatName } from './formats/formats.js';

const namespace = '5b0c0d0e-7c39-5f0a-8a53-2f6f0a4f6d11';

/** The id of the owner that stands for `owner` of the other system: the same in every import. */
export function ownerIdOf(format: FormatName, owner: string): string {
  return v5(JSON.stringify([format, owner]), namespace);
}
