import { openDatabase } from '../../database/open-database.js';
import type { Command } from './command.js';
import { closeHost, StderrLogger } from './operator-session.js';

/** Runs the migrations of Gatehouse. Other commands do so only where Gatehouse opens the database itself. */
export const migrateCommand: Command = {
  name: 'migrate',
  about: 'create the tables of Gatehouse, or bring them up to date',
  async run({ installation, terminal }, { json }) {
    const found = await installation;
    const { database } = found;
    const ran: string[] = [];
    const logger = new StderrLogger({ logLevel: 'warn', jsonLogs: false });
    logger.log = (message: unknown) => void ran.push(String(message));
    const migrates = database.dataSource === undefined ? {} : { runMigrations: true };
    const opened = await openDatabase({
      ...database,
      ...migrates,
      logger,
      changeFeed: false,
    } as typeof database);
    await opened.close();
    await closeHost(found);
    const [said = 'The tables are up to date.'] = ran;
    terminal.print(json ? JSON.stringify({ migrated: ran }) : said);
  },
};
