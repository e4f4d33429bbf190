/** A person who proved to be `subject` of `issuer`. */
export interface Login {
  readonly issuer: string;
  readonly subject: string;
  /** True when UUID subjects of this issuer are user ids as they are. */
  readonly primary: boolean;
  readonly email: string | null;
  /** What was proved with; a JWT unless given. */
  readonly credential?: 'jwt' | 'custom';
}
