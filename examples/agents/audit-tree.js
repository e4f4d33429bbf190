/**
 * The audit trail as a tree of who acts for whom: the nodes of users, API keys and tool keys, each with its `events`,
 * oldest first, and its `children`. Every event names its actor as a chain, so the issuer of a key is the last link in
 * the chain of the key's first event.
 */
export function treeOf(events) {
  const nodes = new Map();
  const nodeOf = ({ type, id }) => {
    if (!nodes.has(id)) nodes.set(id, { type, id, details: {}, events: [], children: [] });
    return nodes.get(id);
  };
  const inOrder = events
    .map((event) => ({ ...event, time: Date.parse(event.time) }))
    .sort((a, b) => a.time - b.time);
  for (const event of inOrder) {
    if (event.type !== 'created' && event.type !== 'issued') continue;
    const node = nodeOf(event.subject);
    node.details = event.details ?? {};
    const maker = event.actor.chain.findLast(({ id }) => id !== node.id);
    if (maker !== undefined) nodeOf(maker).children.push(node);
  }
  for (const event of inOrder) {
    const about =
      event.subject.type === 'task' ? [...nodes.values()].filter(isTopOf(event)) : [nodeOf(event.subject)];
    for (const node of about) node.events.push(event);
  }
  return [...nodes.values()];
}

/** One event covers all keys of a task: it belongs to those that no other tool key issued. */
function isTopOf({ details: { taskId, attempt } }) {
  return ({ details }) =>
    details.taskId === taskId && details.attempt === attempt && details.parentId === null;
}
