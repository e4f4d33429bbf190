/** Where a request came from, as the audit trail keeps it. */
export interface RequestOrigin {
  /** The client's address, a trusted proxy's word considered; `null` when unknown. */
  readonly ip: string | null;
  /** At most 255 characters. */
  readonly userAgent: string | null;
  readonly requestId: string | null;
}
