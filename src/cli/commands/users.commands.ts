import { type FindOptionsWhere, MoreThan } from 'typeorm';
import { validate } from 'uuid';
import { z } from 'zod';
import { Database } from '../../database/database.js';
import { plainText } from '../../http/schemas.js';
import { SignOutsService } from '../../identity/sign-outs.service.js';
import { User } from '../../identity/user.entity.js';
import { BuiltinIssuer } from '../../issuer/builtin-issuer.js';
import { AuthError } from '../../principal/auth-error.js';
import { escapeControls } from '../../server/logs/escape-controls.js';
import { type Command, parseOptions, UsageError } from './command.js';
import { operator } from './operator-session.js';
import { cellOf, firstOf, printTable } from './terminal.js';

/** Of users with one e-mail, to count them. */
const maxFound = 1_000;
const pageSize = 500;

const loginOptions = z.strictObject({
  issuer: plainText(1_000).optional(),
  subject: plainText(255).optional(),
});

const list: Command = {
  name: 'list',
  about: 'list the users, by id',
  async run(session, { json }) {
    const { terminal } = session;
    if (!json) printTable(terminal, [['ID', 'E-MAIL', 'STATUS', 'OWNER', 'ISSUER', 'SUBJECT']]);
    await session.run(async (services) => {
      const database = services.get(Database, { strict: false });
      let page: User[];
      let after = '';
      do {
        const where = { id: MoreThan(after) };
        page = await database.read((manager) =>
          manager.find(User, { where, order: { id: 'ASC' }, take: pageSize }),
        );
        for (const { id, email, ownerId, issuer, subject, disabledAt, createdAt } of page) {
          const status = disabledAt === null ? 'active' : 'disabled';
          terminal.print(
            json
              ? JSON.stringify({ id, email, status, ownerId, issuer, subject, createdAt })
              : [id, email, status, ownerId, issuer, subject].map(cellOf).join('  '),
          );
        }
        after = page.at(-1)?.id ?? '';
      } while (page.length === pageSize);
    });
  },
};

const signOut: Command = {
  name: 'sign-out',
  argument: '[user]',
  about: 'end all tokens of a user, by id or e-mail, or by --issuer and --subject',
  options: {
    issuer: { value: 'url', about: 'the "iss" of the user’s tokens' },
    subject: { value: 'text', about: 'the "sub" of the user’s tokens' },
  },
  async run(session, given, reference) {
    const where = whereOf(reference, parseOptions(loginOptions, given));
    const result = await session.run(async (services) => {
      const { id, email, issuer, subject } = await findUser(services.get(Database, { strict: false }), where);
      const signOuts = services.get(SignOutsService, { strict: false });
      return { userId: id, email, issuer, subject, ...(await signOuts.signOutUser(operator, id)) };
    });
    session.print(result, given.json);
  },
};

const signOutIssuer: Command = {
  name: 'sign-out-issuer',
  argument: '<issuer>',
  about: 'end all tokens of all users of an issuer',
  async run(session, { json }, issuer = '') {
    const { issuers, issuerFolder, issuerUrl } = await session.installation;
    const isBuiltin = issuerFolder !== null && [BuiltinIssuer.issuer, issuerUrl].includes(issuer);
    const found = issuers.find((one) => one.issuer === issuer || one.aliases?.includes(issuer));
    const isConfigured = isBuiltin || found !== undefined;
    const canonical = isBuiltin ? BuiltinIssuer.issuer : (found?.issuer ?? issuer);
    const named = { issuer: canonical, aliases: found?.aliases, isConfigured };
    const signedOut = await session.run((services) =>
      services.get(SignOutsService, { strict: false }).signOutIssuer(operator, named),
    );
    session.print({ issuer: named.issuer, ...signedOut }, json);
  },
};

export const signOutCommands = [signOut, signOutIssuer];

export const userCommands = [list, ...signOutCommands];

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
    manager.find(User, { where, order: { id: 'ASC' }, take: maxFound }),
  );
  const [user, ...others] = users;
  if (user === undefined) throw new AuthError('NOT_FOUND', { message: 'There is no such user.' });
  if (others.length > 0) throw new AuthError('NOT_FOUND', { message: ambiguous(users) });
  return user;
}

function ambiguous(users: readonly User[]): string {
  const lines = users.map(
    ({ id, issuer, subject }) => `  ${id}  ${escapeControls(issuer)}  ${escapeControls(subject)}`,
  );
  return ['Several users have that e-mail. Name one by its id:', ...firstOf(lines)].join('\n');
}
