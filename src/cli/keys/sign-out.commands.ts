import { Command, Option } from 'nest-commander';
import type { FindOptionsWhere } from 'typeorm';
import { validate } from 'uuid';
import { z } from 'zod';
import { Database } from '../../database/database.js';
import { plainText } from '../../http/schemas.js';
import { SignOutsService } from '../../identity/sign-outs.service.js';
import { User } from '../../identity/user.entity.js';
import { BuiltinIssuer } from '../../issuer/builtin-issuer.js';
import { AuthError } from '../../principal/auth-error.js';
import { escapeControls } from '../../server/logs/escape-controls.js';
import { type CommonOptions, KeysCommand, parseOptions, UsageError } from './keys-command.js';

const operator = { user: null, origin: null };
const maxListed = 20;

const loginOptions = z.strictObject({
  issuer: plainText(1_000).optional(),
  subject: plainText(255).optional(),
});

@Command({
  name: 'sign-out',
  arguments: '[user]',
  description: 'end all tokens of a user, by id or e-mail, or by --issuer and --subject',
})
export class SignOutCommand extends KeysCommand {
  async run(
    [reference]: readonly string[],
    { json = false, ...given }: CommonOptions & Record<string, unknown>,
  ) {
    const where = whereOf(reference, parseOptions(loginOptions, given));
    const result = await this.session.run(async (services) => {
      const { id, email, issuer, subject } = await findUser(services.get(Database, { strict: false }), where);
      const signOuts = services.get(SignOutsService, { strict: false });
      return { userId: id, email, issuer, subject, ...(await signOuts.signOutUser(operator, id)) };
    });
    this.print(result, json);
  }

  @Option({ flags: '--issuer <url>', description: 'the "iss" of the user’s tokens' })
  issuer(text: string) {
    return text;
  }

  @Option({ flags: '--subject <text>', description: 'the "sub" of the user’s tokens' })
  subject(text: string) {
    return text;
  }
}

@Command({
  name: 'sign-out-issuer',
  arguments: '<issuer>',
  description: 'end all tokens of all users of an issuer',
})
export class SignOutIssuerCommand extends KeysCommand {
  async run([issuer = '']: readonly string[], { json = false }: CommonOptions) {
    const { issuers, builtinIssuer } = this.session.configuration;
    const isBuiltin = builtinIssuer && issuer === BuiltinIssuer.issuer;
    const found = issuers.find((one) => one.issuer === issuer || one.aliases?.includes(issuer));
    const isConfigured = isBuiltin || found !== undefined;
    const named = { issuer: found?.issuer ?? issuer, aliases: found?.aliases, isConfigured };
    const signOut = await this.session.run((services) =>
      services.get(SignOutsService, { strict: false }).signOutIssuer(operator, named),
    );
    this.print({ issuer: named.issuer, ...signOut }, json);
  }
}

function whereOf(
  reference: string | undefined,
  { issuer, subject }: z.output<typeof loginOptions>,
): FindOptionsWhere<User> {
  if (reference !== undefined && issuer === undefined && subject === undefined)
    return validate(reference) ? { id: reference.toLowerCase() } : { email: reference };
  if (reference === undefined && issuer !== undefined && subject !== undefined) return { issuer, subject };
  throw new UsageError('Name one user: by id or e-mail, or by --issuer and --subject together');
}

/** Throws `NOT_FOUND` for none or several. */
async function findUser(database: Database, where: FindOptionsWhere<User>): Promise<User> {
  const users = await database.read((manager) =>
    manager.find(User, { where, order: { id: 'ASC' }, take: maxListed + 1 }),
  );
  const [user, ...others] = users;
  if (user === undefined) throw new AuthError('NOT_FOUND', { message: 'There is no such user.' });
  if (others.length > 0) throw new AuthError('NOT_FOUND', { message: ambiguous(users) });
  return user;
}

function ambiguous(users: readonly User[]): string {
  const lines = users
    .slice(0, maxListed)
    .map(({ id, issuer, subject }) => `  ${id}  ${escapeControls(issuer)}  ${escapeControls(subject)}`);
  const more = users.length > maxListed ? ['  …'] : [];
  return ['Several users have that e-mail. Name one by its id:', ...lines, ...more].join('\n');
}
