import { exitCodes, type Request, type StatusReport } from '../control/controlProtocol.ts';
import type { Reply } from '../control/reply.ts';
import type { AnswerToOperator } from '../core/answer.ts';
import type { Entry } from '../core/entry.ts';
import type { Happening, OperatorWish } from '../core/event.ts';
import { isServing } from '../core/groups.ts';
import type { NodeState } from '../core/state.ts';
import { unreachable } from '../core/unreachable.ts';
import type { Desk } from '../engine/ports.ts';
import { type EventSource, streamEvents } from './eventStream.ts';
import { MoveWatch } from './moveWatch.ts';
import { StatusStreams } from './statusStreams.ts';

export interface DeskOptions {
  state(): NodeState;
  dispatch(happening: Happening): void;
  report(): StatusReport;
  readonly events: EventSource;
}

/** How often moves that somebody waits for are looked at, besides at each entry of the journal. */
const lookMs = 20;

interface OpenRequest {
  readonly reply: Reply;
  /** Set when the client wants to see the move through. */
  readonly move: { readonly verb: 'takeover' | 'release'; readonly groups: readonly string[] } | undefined;
}

/** Where requests of operators come in and their answers go out. The core decides; this passes on. */
export class OperatorDesk implements Desk {
  readonly #options: DeskOptions;
  readonly #open = new Map<string, OpenRequest>();
  readonly #moves = new Set<MoveWatch>();
  readonly #streams: StatusStreams;
  #requestCount = 0;
  #looker: NodeJS.Timeout | undefined;

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
      case 'takeover':
      case 'release': {
        const { verb, groups, force = false, reason = '', dryRun = false, wait = false } = request;
        const move = wait && !dryRun ? { verb, groups: this.#movedGroups(verb, groups) } : undefined;
        return this.#ask(reply, { kind: verb, groups, isForced: force, reason, isDryRun: dryRun }, move);
      }
      case 'confirm-dead': {
        const { node, reason, force = false } = request;
        return this.#ask(reply, { kind: 'confirmDead', node, reason, isForced: force });
      }
      case 'confirm-stopped':
        return this.#ask(reply, { kind: 'confirmStopped', group: request.group, reason: request.reason });
      case 'ack':
        return this.#ask(reply, { kind: 'ack', group: request.group });
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
    const { reply, move } = open;
    if (answer.kind === 'refused') {
      const { sentence, next } = answer;
      reply.line({ type: 'refused', sentence, next, exitCode: exitCodes.refused });
    } else if (move === undefined) {
      const { sentence, epochCounter } = answer;
      const epoch = epochCounter === undefined ? {} : { epoch: epochCounter };
      reply.line({ type: 'done', sentence, ...epoch, exitCode: exitCodes.ok });
    } else {
      this.#follow(move.verb, move.groups, reply);
    }
  }

  /** Shows everybody who waits what changed. Call it after each entry of the journal. */
  noteEntry(entry: Entry): void {
    for (const move of this.#moves) if (move.noteEntry(this.#options.state(), entry)) this.#moves.delete(move);
  }

  close(): void {
    clearInterval(this.#looker);
    this.#streams.close();
    this.#moves.clear();
    this.#open.clear();
  }

  #ask(reply: Reply, wish: OperatorWish, move?: OpenRequest['move']): void {
    this.#requestCount += 1;
    const request = `request-${this.#requestCount}`;
    this.#open.set(request, { reply, move });
    reply.onClosed(() => this.#open.delete(request));
    this.#options.dispatch({ type: 'operatorAsked', request, wish });
  }

  /** The groups that an empty list means, before anything has moved. */
  #movedGroups(verb: 'takeover' | 'release', named: readonly string[]): readonly string[] {
    if (named.length > 0) return [...new Set(named)];
    const { groups } = this.#options.state();
    return groups.filter((group) => isServing(group) === (verb === 'release')).map(({ config }) => config.name);
  }

  #follow(verb: 'takeover' | 'release', groups: readonly string[], reply: Reply): void {
    const move = new MoveWatch(verb, groups, reply);
    if (move.look(this.#options.state())) return;
    this.#moves.add(move);
    reply.onClosed(() => this.#moves.delete(move));
    this.#looker ??= setInterval(() => this.#look(), lookMs);
  }

  #look(): void {
    for (const move of this.#moves) if (move.look(this.#options.state())) this.#moves.delete(move);
    if (this.#moves.size > 0) return;
    clearInterval(this.#looker);
    this.#looker = undefined;
  }
}
