import { kindsOfDatabases } from './databases/databases.js';
import { measureImport } from './import-speed.js';
import { measureManyKeys } from './many-keys/measure.js';
import { measureRemembered } from './many-keys/remembered.js';
import { say } from './say.js';
import { measureToolKeys } from './tool-keys/measure.js';

/** What depends on how many keys there are: `manyKeys` on each kind of database, `remembered` on SQLite alone. */
export async function measureDatabases(folder) {
  let remembered;
  const manyKeys = [];
  for (const kind of await kindsOfDatabases(folder)) {
    const { title, lack } = kind;
    if (lack !== undefined) {
      manyKeys.push({ title, lack });
      continue;
    }
    const measured = await measureManyKeys(kind, folder, async (large) => {
      remembered ??= await measureRemembered(folder, large);
    });
    say(`${title}: import …`);
    const imported = await measureImport(kind, folder);
    manyKeys.push({ title, ...measured, imported, toolKeys: await measureToolKeys(kind, folder) });
  }
  return { remembered, manyKeys };
}
