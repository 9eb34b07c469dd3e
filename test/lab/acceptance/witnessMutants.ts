import type { Edit } from '../changedCheckout.ts';
import type { Mutant } from '../mutant.ts';

const edit = (file: string, from: string, to: string): Edit => ({ file, from, to });

/** What the third machine and its leases are for, switched off. */
export const witnessMutants: readonly Mutant[] = [
  {
    file: 'witness',
    row: 'C4: an owner that reaches neither',
    off: 'an owner whose lease runs out stops (rule lease-over)',
    edits: [edit('src/core/rules.ts', "f.lease === 'over' && !f.isInMaintenance", "f.lease === 'over' && f.isLeaving")],
    says: 'its lease is over',
  },
  {
    file: 'witness',
    row: 'C4: what is cut between the two only',
    off: 'the witness gives a lease to nobody else before it is over',
    edits: [edit('src/witness/leases.ts', "if (!isOver) return 'held';", "if (!isOver) return 'granted';")],
    says: 'the witness refuses',
  },
  {
    file: 'witness',
    row: 'C4: a witness that is killed',
    off: 'a peer that answers gives the right to go on without the witness',
    edits: [edit('src/core/lease.ts', 'state.peer.freshAsOfMs ?? never', 'never')],
    says: 'nothing moves',
  },
  {
    file: 'witness',
    row: 'I11: hostile packets to the witness',
    off: 'lines about packets that are not believed are limited',
    edits: [
      edit(
        'src/witness/main.ts',
        "log.limited(`rejected ${reason}`, 'warning', `not believed: ${reason}, from ${from}`)",
        'log.warning(`not believed: ${reason}, from ${from}`)',
      ),
    ],
    says: 'not believed',
  },
];
