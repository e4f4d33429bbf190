/** Prints what `treeOf` found, from each user down; `names` says who a user id is. */
export function printTree(nodes, names) {
  for (const user of nodes.filter(({ type }) => type === 'user'))
    print(user, { first: '', rest: '' }, { names, start: user.events[0]?.time ?? 0 });
}

function print(node, { first, rest }, context) {
  console.log(`${first}${titleOf(node, context.names)}`);
  const bar = node.children.length > 0 ? '│' : ' ';
  for (const event of node.events) console.log(`${rest}${bar}  ${lineOf(event, context.start)}`);
  for (const child of node.children) {
    const isLast = child === node.children.at(-1);
    const below = isLast ? { first: '└─ ', rest: '   ' } : { first: '├─ ', rest: '│  ' };
    print(child, { first: rest + below.first, rest: rest + below.rest }, context);
  }
}

function titleOf({ type, id, details: { prefix, name, taskId, attempt, parentId } }, names) {
  if (type === 'user') return `user ${names[id] ?? id}`;
  if (type === 'api_key') return `API key ${prefix}, "${name}"`;
  return `tool key ${prefix}, ${parentId === null ? `${taskId}, attempt ${attempt}` : 'issued by the one above'}`;
}

function lineOf({ type, time, details }, start) {
  const seconds = ((time - start) / 1000).toFixed(2);
  return `${seconds.padStart(5)} s  ${type.padEnd(11)}${remarkOn(type, details ?? {})}`.trimEnd();
}

function remarkOn(type, { scopes, reason, by, ended }) {
  if (type === 'issued') return scopes.join(', ');
  if (ended === undefined) return reason ?? '';
  return reason === 'fenced'
    ? `by attempt ${by}, with all keys of the one before`
    : 'with all keys of the task';
}
