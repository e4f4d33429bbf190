/** An owner and, where a person stands behind the credential, its user, as they were when last looked up. */
export interface Account {
  readonly ownerId: string;
  readonly userId: string | null;
  readonly email: string | null;
  /** The owner that the user was made with; `null` where there is no user. */
  readonly defaultOwnerId: string | null;
  /** False when the owner or the user is disabled. */
  readonly active: boolean;
}
