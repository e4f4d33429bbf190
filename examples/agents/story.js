/** What must have happened to each tool key, according to its events: no less, and no more. */
const story = {
  'fetch-prices 1 worker': ['issued', 'used', 'lease_lost'],
  'fetch-prices 1 sub-agent': ['issued', 'used', 'refused PARENT_REVOKED'],
  'write-report 1 worker': ['issued', 'used', 'revoked', 'refused REVOKED'],
  'write-report 1 sub-agent': ['issued', 'used', 'refused PARENT_REVOKED'],
  'tidy-notes 1 worker': ['issued', 'used', 'revoked ended', 'refused REVOKED'],
  'tidy-notes 1 sub-agent': ['issued', 'used', 'refused REVOKED'],
  'translate 1 worker': ['issued', 'used', 'revoked fenced', 'refused REVOKED'],
  'translate 1 sub-agent': ['issued', 'used', 'refused REVOKED'],
  'translate 2 worker': ['issued', 'used', 'revoked ended'],
  'translate 2 sub-agent': ['issued', 'used', 'refused BUDGET_EXCEEDED'],
};

/** Where the tree of the audit trail is not as the story goes, a line each. */
export function problemsIn(nodes) {
  const told = Object.fromEntries(nodes.filter(({ type }) => type === 'tool_key').map(tell));
  return Object.entries(story)
    .filter(([who, events]) => sorted(events) !== sorted(told[who] ?? []))
    .map(
      ([who, events]) =>
        `${who}: ${sorted(events)} was to happen, but what did is ${sorted(told[who] ?? [])}`,
    );
}

function tell({ events, details: { taskId, attempt, parentId } }) {
  const words = events.map(({ type, details }) => (details?.reason ? `${type} ${details.reason}` : type));
  return [`${taskId} ${attempt} ${parentId ? 'sub-agent' : 'worker'}`, words];
}

function sorted(words) {
  return words.toSorted().join(', ');
}
