import { environmentSections } from '../../src/server/configuration/environment.schema.ts';
import { code, table } from './table.js';

/** A table for each section of the schema. */
export function environmentTables() {
  return Object.entries(environmentSections)
    .map(
      ([title, variables]) =>
        `### ${title}\n\n${table(['variable', 'default', 'must be', ''], rowsOf(variables))}`,
    )
    .join('\n\n');
}

function rowsOf(variables) {
  return Object.entries(variables).map(([name, schema]) => {
    const { description, unset } = schema.meta();
    return [code(name), unset ?? defaultOf(schema), ruleOf(schema), description];
  });
}

function defaultOf({ def }) {
  return def.type === 'default' ? code(def.defaultValue) : '';
}

/** The error of a value that nothing accepts, without "must be"; empty for switches and where any text is accepted. */
function ruleOf(schema) {
  const [{ message } = { message: '' }] = schema.safeParse('\0').error?.issues ?? [];
  return message.replace(/^must be (?:a whole number from |true or false$)?/, '');
}
