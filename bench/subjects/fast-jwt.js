import { createVerifier } from 'fast-jwt';
import { Strategy } from 'passport-jwt';
import { audience, issuer, openIssuer } from '../people.js';

// The same as passport.js, with fast-jwt and its cache in place of jsonwebtoken.
const [folder] = process.argv.slice(2);
const verify = createVerifier({
  key: openIssuer(folder).publicKey.export({ type: 'spki', format: 'pem' }),
  algorithms: ['ES256'],
  allowedIss: issuer,
  allowedAud: audience,
  cache: true,
});
Strategy.JwtVerifier = (token, _key, _options, done) => {
  try {
    done(null, verify(token));
  } catch (error) {
    done(error);
  }
};
await import('./passport.js');
