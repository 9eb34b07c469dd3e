import { resourceNamed } from '../config/resourceNamed.ts';
import { exitCodes, type Request, type StatusReport } from '../control/controlProtocol.ts';
import type { Reply } from '../control/reply.ts';
import { sendPieces } from '../control/sendPieces.ts';

import type { AnswerToOperator } from '../core/answer.ts';
import type { Entry } from '../core/entry.ts';
import type { Happening, OperatorWish } from '../core/event.ts';
import type { NodeState } from '../core/state.ts';
import { unreachable } from '../core/unreachable.ts';
import type { Desk } from '../engine/ports.ts';
import { type EventSource, streamEvents } from './eventStream.ts';
import { type Goal, movedGroups, releaseGoal, resourceGoal, standbyGoal, takeoverGoal } from './moveGoals.ts';
import { MoveWatch } from './moveWatch.ts';
import { type ReloadOutcome, reloadAnswer } from './reload.ts';
import { StatusStreams } from './statusStreams.ts';

export interface DeskOptions {
  state(): NodeState;
  dispatch(happening: Happening): void;
  report(): StatusReport;
  /** See `src/control/snapshot/snapshot.ts`. */
  snapshot(): string;
  /** See `src/control/recording/recording.ts`. */
  recording(): Iterable<string>;
  /** Writes a line of an operator to the journal. */
  note(sentence: string): void;
  readonly events: EventSource;
  reload(): Promise<ReloadOutcome>;
}

interface OpenRequest {
  readonly reply: Reply;
  /** Set when the client wants to see it through. */
  readonly goal: Goal | undefined;
}

/** Where requests of operators come in and their answers go out. The core decides; this passes on. */
export class OperatorDesk implements Desk {
  readonly #options: DeskOptions;
  readonly #open = new Map<string, OpenRequest>();
  readonly #moves = new Set<MoveWatch>();
  readonly #streams: StatusStreams;
  #requestCount = 0;

  constructor(options: DeskOptions) {
    this.#options = options;
    this.#streams = new StatusStreams(() => options.report());
  }

  /** One checked request of a client; `reply` is for its answer. */
  readonly handle = (request: Request, reply: Reply): void => {
    switch (request.verb) {
      case 'status':
        reply.line({ type: 'status', status: this.#options.report() });
        return reply.end();
      case 'watch':
        return this.#streams.add(reply);
      case 'events':
        return streamEvents(this.#options.events, request, reply);
      case 'snapshot':
        return sendPieces([this.#options.snapshot()], reply);
      case 'recording':
        return sendPieces(this.#options.recording(), reply);
      case 'takeover':
      case 'release': {
        const { verb, groups, force = false, reason = '', dryRun = false, wait = false } = request;
        const moved = movedGroups(this.#options.state(), verb, groups);
        const goal = verb === 'takeover' ? takeoverGoal(moved) : releaseGoal(moved);
        const wish = { kind: verb, groups, isForced: force, reason, isDryRun: dryRun } as const;
        return this.#ask(reply, wish, wait && !dryRun ? goal : undefined);
      }
      case 'confirm-dead': {
        const { node, reason, force = false } = request;
        return this.#ask(reply, { kind: 'confirmDead', node, reason, isForced: force });
      }
      case 'confirm-stopped':
        return this.#ask(reply, { kind: 'confirmStopped', group: request.group, reason: request.reason });
      case 'ack':
        return this.#ask(reply, { kind: 'ack', group: request.group });
      case 'maintenance': {
        const { groups, on, reason = '' } = request;
        return this.#ask(reply, { kind: 'maintenance', groups, isOn: on, reason });
      }
      case 'standby': {
        const { force = false, reason = '', wait = false } = request;
        const owned = movedGroups(this.#options.state(), 'release', []);
        return this.#ask(reply, { kind: 'standby', isForced: force, reason }, wait ? standbyGoal(owned) : undefined);
      }
      case 'online':
        return this.#ask(reply, { kind: 'online' });
      case 'resource':
        return this.#askResource(request, reply);
      case 'note':
        this.#options.note(request.sentence);
        return reply.end();
      case 'reload':
        return void this.#options.reload().then((outcome) => reply.line(reloadAnswer(outcome)));
      case 'sync-begin':
        return this.#ask(reply, { kind: 'syncBegin', group: request.group, isRewriting: request.rewrites ?? false });
      case 'sync-end':
        return this.#ask(reply, { kind: 'syncEnd', group: request.group });
      default:
        return unreachable(request);
    }
  };

  answer(request: string, answer: AnswerToOperator): void {
    const open = this.#open.get(request);
    this.#open.delete(request);
    if (open === undefined) return; // The client hung up.
    const { reply, goal } = open;
    if (answer.kind === 'refused') {
      const { sentence, next } = answer;
      reply.line({ type: 'refused', sentence, next, exitCode: exitCodes.refused });
    } else if (answer.kind === 'unsaved') {
      const { sentence, next } = answer;
      reply.line({ type: 'failed', sentence, next, exitCode: exitCodes.failed });
    } else if (goal === undefined || goal.groups.length === 0) {
      const { sentence, epochCounter } = answer;
      const epoch = epochCounter === undefined ? {} : { epoch: epochCounter };
      reply.line({ type: 'done', sentence, ...epoch, exitCode: exitCodes.ok });
    } else {
      this.#follow(goal, reply);
    }
  }

  /** Shows everybody who waits what changed. Call it after each entry of the journal. */
  noteEntry(entry: Entry): void {
    for (const move of this.#moves) if (move.noteEntry(this.#options.state(), entry)) this.#moves.delete(move);
  }

  /** The same after each turn of the engine: a resource may be stopped and started again within a few milliseconds. */
  noteTurn(): void {
    for (const move of this.#moves) if (move.look(this.#options.state())) this.#moves.delete(move);
  }

  close(): void {
    this.#streams.close();
    this.#moves.clear();
    this.#open.clear();
  }

  #askResource({ action, group, resource, wait = false }: Extract<Request, { verb: 'resource' }>, reply: Reply): void {
    const config = this.#options.state().config.groups.find(({ name }) => name === group);
    const names = config?.resources.map(({ name }) => name) ?? [];
    const meant = resourceNamed(names, resource) ?? resource;
    const goal = wait && action !== 'cleanup' ? resourceGoal(group, meant, action) : undefined;
    this.#ask(reply, { kind: 'resource', group, resource: meant, action }, goal);
  }

  #ask(reply: Reply, wish: OperatorWish, goal?: Goal): void {
    this.#requestCount += 1;
    const request = `request-${this.#requestCount}`;
    this.#open.set(request, { reply, goal });
    reply.onClosed(() => this.#open.delete(request));
    this.#options.dispatch({ type: 'operatorAsked', request, wish });
  }

  #follow(goal: Goal, reply: Reply): void {
    const move = new MoveWatch(goal, reply);
    if (move.look(this.#options.state())) return;
    this.#moves.add(move);
    reply.onClosed(() => this.#moves.delete(move));
  }
}
