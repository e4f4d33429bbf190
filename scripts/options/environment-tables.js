import { environmentSections } from '../../src/server/configuration/environment.schema.ts';
import { code, table } from './table.js';

/** A table for each section of the schema. */
export function environmentTables() {
  return Object.entries(environmentSections)
    .map(
      ([title, variables]) =>
        `### ${title}\n\n${table(['variable', 'default', 'description', 'validation'], rowsOf(variables))}`,
    )
    .join('\n\n');
}

function rowsOf(variables) {
  return Object.entries(variables).map(([name, schema]) => {
    const { description, unset } = schema.meta();
    return [code(name), unset ?? defaultOf(schema), description, ruleOf(schema)];
  });
}

function defaultOf({ def }) {
  return def.type === 'default' ? code(def.defaultValue) : '';
}

/** What is said of a value that nothing accepts; nothing where any text is accepted. */
function ruleOf(schema) {
  return schema.safeParse('\0').error?.issues[0].message ?? '';
}
