import type { Edit } from '../changedCheckout.ts';
import type { Mutant } from '../mutant.ts';

const edit = (file: string, from: string, to: string): Edit => ({ file, from, to });

/** Of the rows about the fence. */
export const fenceMutants: readonly Mutant[] = [
  {
    file: 'fence',
    row: 'fence: an owner that froze',
    off: 'the peer is fenced before its group is taken (rule fencing), and silence is no evidence where there is a fence',
    edits: [
      edit('src/core/rules.ts', "isAbandoned(f) && f.fence === 'due'", 'f.isBroken && false'),
      edit('src/core/facts.ts', ' && fence === undefined;', ';'),
    ],
    says: 'node1 was fenced',
  },
];
