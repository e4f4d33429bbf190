import { validate } from 'uuid';
import { z } from 'zod';
import { plainText } from '../../http/schemas.js';
import type { Owner } from '../../identity/owner.entity.js';
import { OwnersService } from '../../identity/owners.service.js';
import { type Command, parseOptions, UsageError } from './command.js';
import { operator } from './operator-session.js';
import { cellOf, printTable } from './terminal.js';

const pageSize = 500;

const create: Command = {
  name: 'create',
  about: 'create an owner without users, for programs only',
  options: { name: { value: 'text', about: 'its name' } },
  async run(session, given) {
    const { name } = parseOptions(z.strictObject({ name: plainText(320) }), given);
    const owner = await session.run((services) =>
      services.get(OwnersService, { strict: false }).create(operator, name),
    );
    session.print(viewOf(owner), given.json);
  },
};

const list: Command = {
  name: 'list',
  about: 'list the owners, newest first',
  async run(session, { json }) {
    const { terminal } = session;
    if (!json) printTable(terminal, [['ID', 'STATUS', 'CREATED', 'NAME']]);
    await session.run(async (services) => {
      const owners = services.get(OwnersService, { strict: false });
      let page: Owner[];
      let after: string | undefined;
      do {
        page = await owners.list({ limit: pageSize, after });
        for (const { id, status, createdAt, name } of page.map(viewOf))
          terminal.print(
            json
              ? JSON.stringify({ id, name, status, createdAt })
              : [id, status, createdAt, name].map(cellOf).join('  '),
          );
        after = page.at(-1)?.id;
      } while (page.length === pageSize);
    });
  },
};

const switched = (name: 'enable' | 'disable', about: string): Command => ({
  name,
  argument: '<id>',
  about,
  async run(session, { json }, id = '') {
    if (!validate(id)) throw new UsageError('<id> must be the id of an owner');
    const owner = await session.run((services) =>
      services
        .get(OwnersService, { strict: false })
        .setEnabled(operator, id.toLowerCase(), name === 'enable'),
    );
    session.print(viewOf(owner), json);
  },
});

export const ownerCommands = [
  create,
  list,
  switched('enable', 'restore the keys and users of an owner'),
  switched('disable', 'suspend all keys and users of an owner at once'),
];

function viewOf({ id, name, disabledAt, createdAt }: Owner) {
  return { id, name, status: disabledAt === null ? 'active' : 'disabled', createdAt };
}
