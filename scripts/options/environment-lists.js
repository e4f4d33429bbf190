import { environmentSections } from '../../src/server/configuration/environment.schema.ts';
import { code, list } from './list.js';

/** A list for each section of the schema. */
export function environmentLists() {
  return Object.entries(environmentSections)
    .map(([title, variables]) => `### ${title}\n\n${list(Object.entries(variables).map(itemOf))}`)
    .join('\n\n');
}

function itemOf([name, schema]) {
  const { description, unset } = schema.meta();
  const usual = unset ?? defaultOf(schema);
  return { name, facts: [ruleOf(schema), usual === '' ? '' : `default ${usual}`], about: description };
}

function defaultOf({ def }) {
  return def.type === 'default' ? code(def.defaultValue) : '';
}

/** The error of a value that nothing accepts, without "must be"; empty for switches and where any text is accepted. */
function ruleOf(schema) {
  const [{ message } = { message: '' }] = schema.safeParse('\0').error?.issues ?? [];
  return message.replace(/^must be (?:a whole number from |true or false$)?/, '');
}
