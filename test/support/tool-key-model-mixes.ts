import fc from 'fast-check';
import {
  allBeat,
  budgetIssue,
  lookInTree,
  revokeInTree,
  childIssue,
  issue,
  narrow,
  noteEnds,
  ofOwner,
  pass,
  revokeService,
  rootIssue,
  rotate,
  simple,
  type Step,
  switched,
  switchOwner,
  use,
} from './tool-key-model-steps.js';

type Weighted = fc.WeightedArbitrary<Step>;

const weighted = (weight: number, arbitrary: fc.Arbitrary<Step>): Weighted => ({ weight, arbitrary });

const cuts: Weighted[] = [
  weighted(4, simple('revoke')),
  weighted(1, ofOwner('end task')),
  weighted(1, ofOwner('refresh personal key')),
  weighted(1, revokeService),
  weighted(2, rotate),
  weighted(3, switched),
];

/** A bit of everything. */
export const anyStep: fc.Arbitrary<Step> = fc.oneof(
  weighted(8, issue),
  weighted(6, rootIssue),
  weighted(20, childIssue),
  weighted(18, use),
  weighted(4, simple('beat')),
  weighted(8, allBeat),
  weighted(2, simple('look')),
  ...cuts,
  weighted(5, narrow),
  weighted(2, switchOwner),
  weighted(12, pass),
  weighted(2, noteEnds),
);

/** Mostly about calls. */
export const callStep: fc.Arbitrary<Step> = fc.oneof(
  weighted(1, issue),
  weighted(2, rootIssue),
  weighted(10, childIssue),
  weighted(12, use),
  weighted(1, allBeat),
  weighted(2, simple('look')),
  weighted(4, simple('revoke')),
  weighted(1, pass),
);

const parallelStep: fc.Arbitrary<Step> = fc.oneof(
  weighted(8, issue),
  weighted(6, rootIssue),
  weighted(20, childIssue),
  weighted(24, use),
  weighted(8, simple('beat')),
  weighted(4, allBeat),
  weighted(2, simple('look')),
  ...cuts,
  weighted(3, narrow),
  weighted(3, pass),
  weighted(3, noteEnds),
);

/** What is asked for at the same time, each a few milliseconds after the first. */
export interface Batch {
  readonly steps: readonly { readonly step: Step; readonly after: number }[];
}

const soon = (step: fc.Arbitrary<Step>) => fc.record({ step, after: fc.nat(3) });
const anything = fc.record({ steps: fc.array(soon(parallelStep), { minLength: 1, maxLength: 6 }) });

const newest = fc.constant({ at: 0, live: true });
const ofNewest = <T>(step: fc.Arbitrary<T>, part: 'key' | 'who') =>
  fc.tuple(step, newest).map(([one, key]): T => ({ ...one, [part]: key }));

const ending: fc.Arbitrary<Step> = fc.oneof(
  ofNewest(simple('revoke'), 'key'),
  ofOwner('end task'),
  rootIssue,
  pass,
  revokeService,
);

/** Much is asked for by a key just when it ends, and those above it want back what it does not use. */
const contest = fc
  .tuple(
    soon(ending),
    fc.array(soon(ofNewest(use, 'key')), { maxLength: 4 }),
    fc.array(soon(ofNewest(childIssue, 'who')), { maxLength: 4 }),
    fc.array(soon(simple('look')), { maxLength: 2 }),
    fc.array(soon(ofNewest(simple('beat'), 'key')), { maxLength: 2 }),
  )
  .map(([end, ...others]): Batch => ({ steps: [end, ...others.flat()] }));

export const batches: fc.Arbitrary<Batch[]> = fc.array(
  fc.oneof({ weight: 2, arbitrary: anything }, { weight: 1, arbitrary: contest }),
  { maxLength: 12, size: 'max' },
);

const atOnce = (...steps: Step[]): Batch => ({ steps: steps.map((step) => ({ step, after: 0 })) });
const root = { do: 'issue', by: 'person', who: { at: 0 }, task: 0, maxCalls: 16 } as const;
const child = { do: 'issue', by: 'tool', who: { at: 0 }, task: 0, maxCalls: 4 } as const;

/** A root that has given away all its calls; then they are given on, wanted back and counted, all over the tree. */
export const scramble: fc.Arbitrary<Batch[]> = fc
  .array(soon(fc.oneof(budgetIssue, revokeInTree, lookInTree)), { maxLength: 24, size: 'max' })
  .map((steps) => [atOnce(root), atOnce(child, child, child, child), { steps }]);
