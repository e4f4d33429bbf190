import { z } from 'zod';
import { AuditTrail } from '../../audit/audit-trail.js';
import { Database } from '../../database/database.js';
import { plainText } from '../../http/schemas.js';
import { moveUsers, previewMove } from '../../identity/move-users.js';
import { escapeControls } from '../../server/logs/escape-controls.js';
import { type Command, parseOptions, UsageError } from './command.js';
import { operator } from './operator-session.js';

const moveOptions = z.strictObject({
  from: plainText(1_000),
  to: plainText(1_000),
  dryRun: z.boolean().default(false),
  skipConflicts: z.boolean().default(false),
});

export const moveUsersCommand: Command = {
  name: 'move-users',
  about: 'store the users of an issuer under another one; ids, owners and keys stay',
  options: {
    from: { value: 'issuer', about: 'the issuer under which they are stored now' },
    to: { value: 'issuer', about: 'the issuer, not one of its aliases' },
    'dry-run': { about: 'only count, and list subjects that both issuers have' },
    'skip-conflicts': { about: 'move the others; by default a conflict stops the move' },
  },
  async run(session, given) {
    const { dryRun, skipConflicts, ...move } = parseOptions(moveOptions, given);
    if (move.from === move.to) throw new UsageError('--to: must be another issuer than --from');
    const { issuers } = await session.installation;
    if (issuers.some(({ aliases }) => aliases?.includes(move.to)))
      throw new UsageError('--to: is an alias; users are stored under its issuer');
    const { users, moved, conflicts } = await session.run((services) => {
      const audit = services.get(AuditTrail, { strict: false });
      return services.get(Database, { strict: false }).write(async (manager) => {
        const found = await previewMove(manager, move);
        const isStopped = dryRun || (found.conflicts.count > 0 && !skipConflicts);
        return { ...found, moved: isStopped ? 0 : await moveUsers(manager, audit, operator, move) };
      });
    });
    const { terminal } = session;
    const { json } = given;
    if (!json) {
      for (const { id, subject } of conflicts.users)
        terminal.printError(`conflict: ${id}  ${escapeControls(subject)}`);
      const more = conflicts.count - conflicts.users.length;
      if (more > 0) terminal.printError(`… and ${more} more`);
    }
    if (conflicts.count > 0 && moved === 0) terminal.exitCode = 1;
    session.print({ ...move, users, moved, conflicts: json ? conflicts : conflicts.count, dryRun }, json);
  },
};
