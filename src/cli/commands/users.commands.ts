import type { INestApplicationContext } from '@nestjs/common';
import { z } from 'zod';
import { OffboardingService } from '../../api-keys/offboarding.service.js';
import { revokeKeyRequest } from '../../api-keys/service-key.schemas.js';
import { emailSearch, toUser } from '../../api-keys/user.views.js';
import { Database } from '../../database/database.js';
import { SignOutsService } from '../../identity/sign-outs.service.js';
import { userStatuses } from '../../identity/user-lists.js';
import type { User } from '../../identity/user.entity.js';
import { UsersService } from '../../identity/users.service.js';
import { BuiltinIssuer } from '../../issuer/builtin-issuer.js';
import { type Command, type GivenOptions, parseOptions, UsageError } from './command.js';
import { findUser, isId, loginOptions, referenceTo } from './find-user.js';
import { operator } from './operator-session.js';
import { cellOf, printTable } from './terminal.js';

const pageSize = 500;

const listOptions = z.strictObject({
  search: emailSearch.optional(),
  status: z.enum(userStatuses).optional(),
});

const list: Command = {
  name: 'list',
  about: 'list the users, newest first, or with --search in the order of e-mails',
  options: {
    search: { value: 'text', about: 'only users whose e-mail begins with it' },
    status: { value: 'status', about: 'active, disabled or erased' },
  },
  async run(session, given) {
    const { terminal } = session;
    const filter = parseOptions(listOptions, given);
    if (!given.json) printTable(terminal, [['ID', 'E-MAIL', 'STATUS', 'OWNER', 'ISSUER', 'SUBJECT']]);
    await session.run(async (services) => {
      const users = services.get(UsersService, { strict: false });
      let page: User[];
      let after: string | undefined;
      do {
        page = await users.list(filter, { limit: pageSize, after });
        for (const user of page.map(toUser)) {
          const { id, email, status, ownerId, issuer, subject } = user;
          terminal.print(
            given.json
              ? JSON.stringify(user)
              : [id, email, status, ownerId, issuer, subject].map(cellOf).join('  '),
          );
        }
        after = page.at(-1)?.id;
      } while (page.length === pageSize);
    });
  },
};

/** A command on one user; prints the result. */
function onUser(
  command: Pick<Command, 'name' | 'about' | 'options'>,
  work: (services: INestApplicationContext, id: string, given: GivenOptions) => Promise<object>,
  check: (given: GivenOptions) => unknown = () => undefined,
): Command {
  return {
    ...command,
    argument: '<user>',
    async run(session, given, reference) {
      check(given);
      const named = referenceTo(reference, {});
      const result = await session.run(async (services) => {
        const { id } = await findUser(services.get(Database, { strict: false }), named);
        return work(services, id, given);
      });
      session.print(result, given.json);
    },
  };
}

const show = onUser(
  { name: 'show', about: 'show a user, and how many active keys it has' },
  async (services, id) => ({
    ...toUser(await services.get(UsersService, { strict: false }).find(id)),
    ...(await services.get(OffboardingService, { strict: false }).countKeys(id)),
  }),
);

const switched = (name: 'enable' | 'disable', about: string): Command =>
  onUser({ name, about }, async (services, id) =>
    toUser(await services.get(UsersService, { strict: false }).setEnabled(operator, id, name === 'enable')),
  );

const reasonOf = (given: GivenOptions) => parseOptions(revokeKeyRequest, given).reason;

const endKeys = onUser(
  {
    name: 'end-keys',
    about: 'end all API keys that act as a user, and all tool keys it issued, permanently',
    options: { reason: { value: 'text', about: 'stored with the keys and in the audit trail' } },
  },
  async (services, id, given) => ({
    userId: id,
    ...(await services.get(OffboardingService, { strict: false }).endKeys(operator, id, reasonOf(given))),
  }),
  reasonOf,
);

const erase: Command = {
  name: 'erase',
  argument: '<id>',
  about: 'end all keys of a user and delete its personal data; this cannot be undone',
  async run(session, { json }, id = '') {
    // An e-mail may be that of several users.
    if (!isId(id)) throw new UsageError('<id> must be the id of a user');
    const { user, ...counts } = await session.run((services) =>
      services.get(OffboardingService, { strict: false }).erase(operator, id.toLowerCase()),
    );
    session.print({ ...toUser(user), ...counts }, json);
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
    const named = referenceTo(reference, parseOptions(loginOptions, given));
    const result = await session.run(async (services) => {
      const { id, email, issuer, subject } = await findUser(services.get(Database, { strict: false }), named);
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

export const userCommands = [
  list,
  show,
  switched(
    'disable',
    'reject the tokens and keys of a user, and the tool keys it issued, until enabled again',
  ),
  switched('enable', 'restore what was disabled with a user'),
  endKeys,
  erase,
  ...signOutCommands,
];
