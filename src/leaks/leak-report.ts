import { z } from 'zod';
import type { RequestOrigin } from '../principal/authenticated-user.js';
import { holdsCredential } from '../support/holds-credential.js';
import { decoded, redact } from '../support/redact.js';

/** A key that was found, and where. */
export interface LeakReport {
  readonly token: string;
  /** As `readPlace` returns it; `null` if it is unknown. */
  readonly url: string | null;
  /** What GitHub calls the place, such as `content`. */
  readonly place?: string;
}

/** Who reports: anyone, or GitHub with its signature. */
export const reportSources = ['report', 'github'] as const;

export interface Reporter {
  readonly source: (typeof reportSources)[number];
  readonly origin: RequestOrigin;
}

/** Longer than any key and any JWT that is accepted. */
const longestToken = 16_384;
const longestUrl = 500;
/** Without spaces, line ends, controls and characters that change the direction of text. */
const visible = /^[\x21-\x7e]+$/;

export function isToken(value: unknown): value is string {
  return typeof value === 'string' && value.length <= longestToken && visible.test(value);
}

/**
 * The URL of a place where a key was found, as the URL Standard serializes it, without user name and password: at most 500
 * visible ASCII characters. `undefined` for anything but such an http or https URL.
 */
export function readPlace(text: string): string | undefined {
  if (text.length > longestUrl || !visible.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return undefined;
  url.username = '';
  url.password = '';
  return url.href.length > longestUrl ? undefined : url.href;
}

/** What is kept of the URL: nothing that is a credential, and not the key that was found there. */
export function keptUrl({ token, url }: LeakReport): string | null {
  if (url === null || (decoded(url) ?? token).includes(token) || url.includes(token)) return null;
  const kept = redact(url);
  return holdsCredential(kept) ? null : kept;
}

export const leakReportRequest = z
  .strictObject({
    token: z
      .string()
      .min(1)
      .max(longestToken)
      .refine(isToken, 'must be visible ASCII characters without spaces')
      .meta({ description: 'The whole key that was found.' }),
    url: z
      .string()
      .max(longestUrl)
      .refine((text) => readPlace(text) !== undefined, 'must be an http or https URL, percent-encoded')
      .optional()
      .meta({ description: 'Where it was found. It is not fetched.' }),
  })
  .meta({
    id: 'LeakReportRequest',
    examples: [{ token: 'mk_live_…', url: 'https://github.com/octo/notes/blob/main/.env' }],
  });

export type LeakReportRequest = z.infer<typeof leakReportRequest>;

export const acceptedReport = z.object({ message: z.string() }).meta({ id: 'AcceptedLeakReport' });

/** The same for every report, whatever became of it. */
export const accepted = { message: 'The report was received. A key that exists is dealt with.' };
