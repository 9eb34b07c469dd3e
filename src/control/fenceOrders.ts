import type { FenceOutcome, FenceTestOutcome } from '../core/fenceOutcome.ts';
import type { FromRunner, ToRunner } from './runnerProtocol.ts';

type Order = Extract<ToRunner, { type: 'fence' | 'testFence' }>;
type Answer = Extract<FromRunner, { type: 'fenced' | 'fenceTested' }>;
type Failure = Extract<FenceOutcome & FenceTestOutcome, { kind: 'failed' }>;

interface Open {
  readonly order: Order;
  readonly patience: NodeJS.Timeout;
  finish(answer: Answer | Failure): void;
}

/** A runner that is busy, or on its way back, is not given up at once. */
const graceMs = 30_000;

/** Orders about the fence that the runner has not answered yet: given again after each greeting, and never without end. */
export class FenceOrders {
  readonly #send: (order: Order) => boolean;
  readonly #open = new Map<string, Open>();

  constructor(send: (order: Order) => boolean) {
    this.#send = send;
  }

  order(order: Order & { type: 'fence' }, withinMs: number, onDone: (outcome: FenceOutcome) => void): void;
  order(order: Order & { type: 'testFence' }, withinMs: number, onDone: (outcome: FenceTestOutcome) => void): void;
  order(order: Order, withinMs: number, onDone: (outcome: never) => void): void {
    const afterMs = withinMs + graceMs;
    const detail = `the runner did not answer within ${Math.round(afterMs / 1000)} s`;
    const patience = setTimeout(() => this.#open.get(order.fence)?.finish({ kind: 'failed', detail }), afterMs);
    const finish = (answer: Answer | Failure): void => {
      clearTimeout(patience);
      this.#open.delete(order.fence);
      onDone(('type' in answer ? answer.outcome : answer) as never);
    };
    this.#open.set(order.fence, { order, patience, finish });
    this.#send(order);
  }

  answered(answer: Answer): void {
    const open = this.#open.get(answer.fence);
    const isMeant = (open?.order.type === 'fence') === (answer.type === 'fenced');
    if (isMeant) open?.finish(answer);
  }

  giveAgain(): void {
    for (const { order } of this.#open.values()) this.#send(order);
  }

  close(): void {
    for (const { patience } of this.#open.values()) clearTimeout(patience);
  }
}
