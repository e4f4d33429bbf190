import passport from 'passport';

/**
 * A registry that only one strategy is in. Passport's own is one per process, where the strategies of a second
 * application would replace those of the first.
 */
export function ownPassport(): passport.Authenticator {
  return new passport.Passport();
}
