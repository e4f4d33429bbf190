/** A list of Markdown: each name with facts in parentheses, and what it is for. */
export const list = (items) =>
  items
    .map(({ name, facts, about }) => {
      const known = facts.filter((fact) => fact !== '').join('; ');
      return `- ${code(name)}${known === '' ? '' : ` (${known})`}: ${about}`;
    })
    .join('\n');

export const code = (text) => `\`${text}\``;
