/** An owner and, where a person stands behind the credential, its user, as they were when last looked up. */
export interface Account {
  readonly ownerId: string;
  readonly userId: string | null;
  readonly email: string | null;
  /** False when the owner or the user is disabled. */
  readonly active: boolean;
}
