import fc from 'fast-check';

/**
 * One of a list, counted from the newest (0) or the oldest (-1), modulo its length; `live` looks only among those that
 * are good.
 */
export interface Pick {
  readonly at: number;
  readonly live?: boolean;
}

/** What is asked for; numbers are resolved against what there is, so that every step goes with every history. */
export type Step =
  | IssueStep
  | { readonly do: 'use'; readonly key: Pick; readonly scope: string }
  | { readonly do: 'beat' | 'look' | 'revoke'; readonly key: Pick }
  | { readonly do: 'end task' | 'refresh personal key'; readonly owner: number; readonly task: number }
  | { readonly do: 'switch'; readonly service: Pick; readonly enabled: boolean }
  | { readonly do: 'narrow'; readonly service: Pick; readonly scopes: string[] }
  | { readonly do: 'rotate'; readonly service: Pick; readonly overlapSeconds: number }
  | { readonly do: 'revoke service key'; readonly service: Pick }
  | { readonly do: 'switch owner'; readonly owner: number; readonly enabled: boolean }
  | { readonly do: 'pass'; readonly seconds: number }
  | { readonly do: 'all beat' }
  | { readonly do: 'note ends' };

export interface IssueStep {
  readonly do: 'issue';
  readonly by: 'person' | 'personal' | 'service' | 'tool';
  readonly who: Pick;
  /** For a tool key 0 is its own. */
  readonly task: number;
  /** Above, or below, the current attempt of the task. */
  readonly attempt?: number;
  readonly scopes?: string[];
  readonly ttlSeconds?: number;
  readonly heartbeatSeconds?: number;
  readonly maxCalls?: number;
}

export const probedScopes = ['files:read', 'files:write', 'notes:read', 'other:other', 'api-keys:write'];

/** The newest the most often, so that trees grow deep. */
const recent = fc.constantFrom(0, 0, 0, 0, 0, 1, 1, 2, 3, 6);
const live = { weight: 5, arbitrary: fc.record({ at: recent, live: fc.constant(true) }) };
const any = { weight: 1, arbitrary: fc.record({ at: fc.nat(15) }) };
const pick: fc.Arbitrary<Pick> = fc.oneof(live, any);
const owner = fc.nat(1);
const task = fc.constantFrom(0, 0, 0, 0, 0, 1);

const wantedScopes = fc.oneof(
  { weight: 6, arbitrary: fc.subarray(['files:read', 'notes:read', '*:read', 'files:*'], { minLength: 1 }) },
  {
    weight: 1,
    arbitrary: fc.subarray(['*:*', 'files:write', 'tool-keys:issue', 'api-keys:write', 'admin:read'], {
      minLength: 1,
    }),
  },
);

export const issue: fc.Arbitrary<IssueStep> = fc.record(
  {
    do: fc.constant('issue' as const),
    by: fc.constantFrom<IssueStep['by'][]>('tool', 'tool', 'tool', 'service', 'personal', 'person'),
    who: pick,
    task,
    attempt: fc.constantFrom(0, 1, -1),
    scopes: wantedScopes,
    ttlSeconds: fc.constantFrom(60, 20, 6, 1),
    heartbeatSeconds: fc.constantFrom(10, 6, 5),
    maxCalls: fc.integer({ min: 1, max: 6 }),
  },
  { requiredKeys: ['do', 'by', 'who', 'task'] },
);

const tool = fc.constant('tool' as const);

/** With nothing that makes it likely to be rejected. */
const plainIssue = (by: fc.Arbitrary<IssueStep['by']>, mostCalls: number): fc.Arbitrary<IssueStep> =>
  fc.record(
    {
      do: fc.constant('issue' as const),
      by,
      who: pick,
      task: fc.constant(0),
      attempt: fc.constantFrom(0, 0, 0, by === tool ? 0 : 1),
      heartbeatSeconds: fc.constantFrom(10, 6, 5),
      maxCalls: fc.integer({ min: 1, max: mostCalls }),
    },
    { requiredKeys: ['do', 'by', 'who', 'task'] },
  );
export const rootIssue = plainIssue(fc.constantFrom('service', 'service', 'person'), 9);
export const childIssue = plainIssue(tool, 3);

/** The root of a tree, or one of its first children. */
const pickInTree = fc.record({ at: fc.constantFrom(-1, -1, -1, -2, -3, -4, -5) });

export const budgetIssue: fc.Arbitrary<IssueStep> = fc.record({
  do: fc.constant('issue' as const),
  by: tool,
  who: pickInTree,
  task: fc.constant(0),
  maxCalls: fc.integer({ min: 1, max: 3 }),
});

export const use = fc.record({
  do: fc.constant('use' as const),
  key: pick,
  scope: fc.constantFrom('files:read', 'files:read', ...probedScopes),
});
export const simple = (what: 'beat' | 'look' | 'revoke') => fc.record({ do: fc.constant(what), key: pick });
export const lookInTree = fc.record({ do: fc.constant('look' as const), key: pickInTree });
export const revokeInTree = fc.record({
  do: fc.constant('revoke' as const),
  key: fc.record({ at: fc.constantFrom(-2, -3, -4, -5) }),
});
export const ofOwner = (what: 'end task' | 'refresh personal key') =>
  fc.record({ do: fc.constant(what), owner, task });
export const switched = fc.record({
  do: fc.constant('switch' as const),
  service: pick,
  enabled: fc.constantFrom(true, true, false),
});
export const narrow = fc.record({
  do: fc.constant('narrow' as const),
  service: pick,
  scopes: fc.constantFrom<string[]>(
    ['*:*'],
    ['*:*'],
    ['files:*', 'tool-keys:issue'],
    ['*:read', 'tool-keys:issue'],
    ['files:read'],
    ['notes:*', 'api-keys:write', 'tool-keys:issue'],
  ),
});
export const rotate = fc.record({
  do: fc.constant('rotate' as const),
  service: pick,
  overlapSeconds: fc.constantFrom(30, 5, 0),
});
export const revokeService = fc.record({ do: fc.constant('revoke service key' as const), service: pick });
export const switchOwner = fc.record({
  do: fc.constant('switch owner' as const),
  owner,
  enabled: fc.constantFrom(true, true, false),
});
export const pass = fc.record({
  do: fc.constant('pass' as const),
  seconds: fc.constantFrom(1, 2, 3, 6, 0.5, 15),
});
export const noteEnds = fc.record({ do: fc.constant('note ends' as const) });
export const allBeat = fc.record({ do: fc.constant('all beat' as const) });
