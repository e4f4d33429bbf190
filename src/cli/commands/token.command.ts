import { z } from 'zod';
import { BuiltinIssuer } from '../../issuer/builtin-issuer.js';
import { ConfigurationError } from '../../support/errors.js';
import { type Command, parseOptions } from './command.js';

const tokenOptions = z.strictObject({
  email: z
    .string('is missing: --email ada@example.com')
    .regex(/^[^\s@]+@[^\s@]+$/, 'must be an e-mail address'),
  ttl: z
    .string()
    .regex(/^[1-9]\d{0,7}$/, 'must be a number of seconds, from 1 to 99999999')
    .default('3600'),
  client: z.string().optional(),
  scope: z.string().optional(),
});

/** Prints a token of the built-in issuer. Opens no database. */
export const tokenCommand: Command = {
  name: 'token',
  about: 'print a token of a person, of the built-in issuer',
  options: {
    email: { value: 'address', about: 'who it is for; the same address is the same user' },
    ttl: { value: 'seconds', about: 'how long it is valid (default: 3600)' },
    client: { value: 'id', about: 'the client that it is issued to, which limits it to its scopes' },
    scope: {
      value: 'scopes',
      about: 'separated by spaces, as "notes:read notes:write" (default: all rights)',
    },
  },
  async run(session, given) {
    const { email, ttl, client, scope } = parseOptions(tokenOptions, given);
    const { issuerFolder, issuerUrl, issuerSwitch } = await session.installation;
    if (issuerFolder === null)
      throw new ConfigurationError([`${issuerSwitch} is off, so its tokens would be rejected`]);
    const granted = {
      ...(client !== undefined && { client_id: client }),
      ...(scope !== undefined && { scope }),
    };
    const token = BuiltinIssuer.open(issuerFolder, undefined, issuerUrl).tokenFor(
      email,
      Number(ttl),
      Date.now(),
      granted,
    );
    session.terminal.print(given.json ? JSON.stringify({ token }) : token);
  },
};
