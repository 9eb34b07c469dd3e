import type { AnswerToOperator } from '../core/answer.ts';
import type { Entry } from '../core/entry.ts';
import type { OperatorWish } from '../core/event.ts';
import type { JobSpec } from '../core/job.ts';
import type { Machine } from './machine.ts';

/** What the checkers are told, at the moment it happens. */
export interface Witnessed {
  /** What really runs of a group on a machine is another thing than before. */
  truthChanged(machine: Machine, group: string): void;
  /** The kernel removed an address whose lease was over, or the runner stopped a resource of a head that was gone. */
  lapsed(machine: Machine, group: string, resource: string): void;
  jobOrdered(machine: Machine, spec: JobSpec): void;
  noted(machine: Machine, entry: Entry): void;
  answered(machine: Machine, request: string, wish: OperatorWish, answer: AnswerToOperator): void;
  /** A fence is about to cut the power of this machine. */
  fenced(machine: Machine): void;
  copied(to: Machine, from: Machine, group: string): void;
}

/** For a world without checkers. */
export const nobody: Witnessed = {
  truthChanged: () => undefined,
  lapsed: () => undefined,
  jobOrdered: () => undefined,
  noted: () => undefined,
  answered: () => undefined,
  fenced: () => undefined,
  copied: () => undefined,
};
