import type { AnswerToOperator } from '../../core/answer.ts';
import type { JobSpec } from '../../core/job.ts';
import { rules } from '../../core/rules.ts';
import { obey } from '../commands.ts';
import type { Machine } from '../machine.ts';
import { Violation } from '../violation.ts';
import { nobody, type Witnessed } from '../witnessed.ts';
import { type World } from '../world.ts';
import { type HeldGroup, Holding } from './holding.ts';
import { liveWorld } from './liveWorld.ts';
import type { LiveMoment } from './peerGroup.ts';
import type { Command } from './script.ts';

/** What would happen to a live pair, by the shipped core on both sides. */
export interface Prediction {
  /** Everything that happens, in order; `atMs` from the moment of the snapshot on. */
  readonly happenings: readonly Happened[];
  /** Jobs that change something, in the order in which they are given to the runners. */
  readonly jobs: readonly Ordered[];
  /** What operators are told, in the order in which they typed. */
  readonly answers: readonly Answered[];
  readonly claims: readonly Claimed[];
  readonly groups: readonly HeldGroup[];
  readonly assumptions: readonly string[];
  /** Why it ended before its time: the core broke off, or it took too long. */
  readonly problem: string | undefined;
  readonly virtualMs: number;
}

export interface Happened {
  readonly atMs: number;
  readonly who: string;
  readonly what: string;
  /** Of a decision: by which rule, and its sentence. */
  readonly because?: { readonly rule: string; readonly sentence: string };
}

export interface Ordered {
  readonly atMs: number;
  readonly node: string;
  readonly group: string;
  readonly resource: string;
  readonly action: JobSpec['action'];
  /** It takes no longer than this. */
  readonly boundMs: number;
}

/** A node takes a group: by which rule, on what evidence. */
export interface Claimed {
  readonly atMs: number;
  readonly node: string;
  readonly group: string;
  readonly rule: string;
  readonly evidence: string;
}

export interface Answered {
  readonly node: string;
  readonly answer: AnswerToOperator;
}

export interface Limits {
  /** Of real time; the pretended one is bounded by the script. */
  readonly workMs: number;
}

const usualLimits: Limits = { workMs: 60_000 };
/** The clock is looked at so often. */
const sliceMs = 200;
const handshakeMs = 4;
/** More lines say no more. */
const happeningsMax = 20_000;

/** Runs the commands from the live moment on. Touches nothing; never throws for what the snapshot says. */
export function predict(live: LiveMoment, commands: readonly Command[], limits: Limits = usualLimits): Prediction {
  const happenings: Happened[] = [];
  const recorder = new Recorder();
  const onLine = (atMs: number, who: string, what: string): void => {
    if (happenings.length < happeningsMax) happenings.push(withRule({ atMs, who, what }));
  };
  let problem: string | undefined;
  let assumptions: readonly string[] = [];
  let world: World | undefined;
  try {
    const made = liveWorld(live, { onLine, witness: (begun) => recorder.watch(begun) });
    ({ world, assumptions } = made);
    // Daemons and runners shake hands, and nothing else happens.
    world.advance(handshakeMs);
    happenings.length = 0;
    recorder.jobs.length = 0;
    recorder.claims.length = 0;
    recorder.holding?.begin();
    problem = play(world, commands, limits, happenings);
  } catch (error) {
    problem = sentenceOf(error);
  }
  return {
    happenings: happenings.map((one) => ({ ...one, atMs: Math.max(0, one.atMs - handshakeMs) })),
    jobs: recorder.jobs.map((one) => ({ ...one, atMs: Math.max(0, one.atMs - handshakeMs) })),
    answers: recorder.answers,
    claims: recorder.claims.map((one) => ({ ...one, atMs: Math.max(0, one.atMs - handshakeMs) })),
    groups: recorder.holding?.report(handshakeMs) ?? [],
    assumptions,
    problem,
    virtualMs: Math.max(0, (world?.nowMs ?? 0) - handshakeMs),
  };
}

function play(world: World, commands: readonly Command[], limits: Limits, into: Happened[]): string | undefined {
  const beganMs = performance.now();
  for (const { said, waitMs, words } of commands) {
    into.push({ atMs: world.nowMs, who: '$', what: said });
    for (const [index, one] of words.entries()) obey(world, one, index + 1);
    const untilMs = world.nowMs + (waitMs ?? 0);
    while (world.nowMs < untilMs) {
      world.advance(Math.min(sliceMs, untilMs - world.nowMs));
      if (performance.now() - beganMs > limits.workMs) return `it took longer than ${limits.workMs} ms of work`;
    }
  }
  return undefined;
}

/** Keeps what is asked about later. */
class Recorder {
  readonly jobs: Ordered[] = [];
  readonly answers: Answered[] = [];
  readonly claims: Claimed[] = [];
  holding: Holding | undefined;

  watch(world: World): Witnessed {
    const holding = new Holding(world);
    this.holding = holding;
    return {
      ...nobody,
      truthChanged: (machine, group) => holding.look(machine, group),
      noted: (machine, { id, group, rule = '', evidence = '' }) => {
        if (id === 'claimed' && group !== undefined)
          this.claims.push({ atMs: world.nowMs, node: machine.name, group, rule, evidence });
      },
      jobOrdered: (machine, spec) => this.#order(world, machine, spec),
      answered: (machine, _request, wish, answer) => {
        if (wish.kind !== 'syncBegin' && wish.kind !== 'syncEnd') this.answers.push({ node: machine.name, answer });
      },
    };
  }

  #order(world: World, machine: Machine, { group, resource, action, timeoutMs }: JobSpec): void {
    if (action === 'status') return;
    this.jobs.push({ atMs: world.nowMs, node: machine.name, group, resource, action, boundMs: timeoutMs });
  }
}

/** `site: standby -> claiming (peer-lost)`, `site by rule peer-lost (E6)`. */
function withRule(happened: Happened): Happened {
  const rule = /(?: by rule ([a-z-]+)|\(([a-z-]+)\)$)/.exec(happened.what);
  const known = rules.find(({ id }) => id === (rule?.[1] ?? rule?.[2]));
  if (known === undefined) return happened;
  return { ...happened, because: { rule: known.id, sentence: known.sentence } };
}

function sentenceOf(error: unknown): string {
  if (error instanceof Violation) return `the core breaks off: ${firstLine(error.message)}`;
  return `the core breaks off: ${firstLine(error instanceof Error ? error.message : String(error))}`;
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? text;
}
