import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { GroupPlan, ResourcePlan } from '../config/plans.ts';
import { readBootId } from '../control/bootId.ts';
import { type RunnerGroup, runnerProtocolVersion, type ToRunner } from '../control/runnerProtocol.ts';
import { unreachable } from '../core/unreachable.ts';
import { Addresses } from './addresses.ts';
import { Announcer } from './announcer.ts';
import { announceByArping } from './arping.ts';
import { DeadMan } from './deadMan.ts';
import { usualAgentFolders } from './fenceDevice.ts';
import { Fencing } from './fencing.ts';
import { FloatingAddresses } from './floatingAddresses.ts';
import { GroupRecords } from './groupRecords.ts';
import { Hands } from './hands.ts';
import { HeadServer } from './headServer.ts';
import type { Ping } from './icmp.ts';
import { IpBatch } from './ipBatch.ts';
import type { Link } from './ipLines.ts';
import { JobRecords } from './jobRecords.ts';
import { Jobs, type JobsOptions } from './jobs.ts';
import { Links } from './links.ts';
import type { Log } from './log.ts';
import { monotonicMs } from './monotonic.ts';
import type { Packets } from './packets.ts';
import { pingByCommand } from './pingByCommand.ts';
import { Pinger } from './pinger.ts';
import { findGroup } from './plan.ts';
import { PlanRecord } from './planRecord.ts';
import { RateLimit } from './rateLimit.ts';
import type { ScriptFolder } from './scriptLookup.ts';
import { Watchdog } from './watchdog.ts';
import type { WatchdogTimer } from './watchdogTimer.ts';

export type PlanResult =
  | { readonly kind: 'plan'; readonly plan: ResourcePlan }
  | { readonly kind: 'broken'; readonly problems: readonly string[] };

export interface RunnerOptions {
  readonly runDir: string;
  /** The user of the head, where it is not this process's. */
  readonly headUid?: number | undefined;
  readonly stateDir: string;
  readonly folders: readonly ScriptFolder[];
  readonly ocfRoot: string;
  /** Where fence agents are looked for; by default where Debian puts them. */
  readonly agentFolders?: readonly string[];
  readonly packets: Packets | string;
  /** Asks one ping target; the sentence why it cannot. */
  readonly ping: Ping | string;
  readonly watchdogTimer: WatchdogTimer | string;
  /** Reads the config files again. */
  readPlan(): Promise<PlanResult>;
  /** Another runner has taken its place: it must end, and with it the orders that no head renews. */
  readonly onReplaced: () => void;
  readonly log: Log;
}

const noPlan: ResourcePlan = { self: '', peer: '', groups: [] };

/** Lines of scripts that the head is told: a burst, then a steady trickle. */
const outputBurst = 200;
const outputPerSecond = 20;

/** The hands, put together: orders come in by the socket, and each part carries out its own. */
export class Runner {
  readonly #options: RunnerOptions;
  readonly #bootId = readBootId();
  readonly #ip: IpBatch;
  readonly #links: Links;
  readonly #announcer: Announcer;
  readonly #pinger: Pinger;
  readonly #addresses: Addresses;
  readonly #floating: FloatingAddresses;
  readonly #jobRecords: JobRecords;
  readonly #groupRecords: GroupRecords;
  readonly #hands: Hands;
  readonly #jobs: Jobs;
  readonly #deadMan: DeadMan;
  readonly #fencing: Fencing;
  readonly #server: HeadServer;
  readonly #outputRate = new RateLimit(outputBurst, outputPerSecond);
  readonly #watchdog: Watchdog;
  #plan: ResourcePlan = noPlan;
  #problems: readonly string[] = [];
  /** Of the last head. */
  #incarnation = '';
  #greetCount = 0;

  constructor(options: RunnerOptions) {
    this.#options = options;
    const { packets, runDir } = options;
    const onProblem = (sentence: string): void => options.log('warning', sentence);
    const findLink = (device: string): Link | undefined => this.#links.find(device);
    const outputFolder = join(runDir, 'output');
    mkdirSync(outputFolder, { recursive: true, mode: 0o755 });
    this.#ip = new IpBatch(onProblem);
    this.#links = new Links({ onChange: (link) => this.#tellLink(link), onProblem });
    this.#pinger = new Pinger({
      ping: typeof options.ping === 'string' ? pingByCommand : options.ping,
      onChange: (target, isUp) => this.#server.send({ type: 'ping', target, isUp }),
      onProblem,
    });
    this.#watchdog = new Watchdog({
      timer: options.watchdogTimer,
      onChange: (report) => this.#server.send({ type: 'watchdog', ...report }),
      onProblem,
    });
    this.#announcer = new Announcer({
      packets,
      findLink,
      isHeld: async (announced) => (await this.#addresses.devicesWith(announced)).includes(announced.device),
      announceByCommand: announceByArping,
      onProblem,
    });
    this.#addresses = new Addresses({ ip: this.#ip, announcer: this.#announcer, findLink });
    this.#floating = new FloatingAddresses({ addresses: this.#addresses, packets, findLink });
    this.#jobRecords = new JobRecords(join(runDir, 'jobs'), this.#bootId, onProblem);
    this.#groupRecords = new GroupRecords(join(runDir, 'groups'), this.#bootId, onProblem);
    this.#hands = new Hands({
      addresses: this.#addresses,
      folders: options.folders,
      ocfRoot: options.ocfRoot,
      stateDir: options.stateDir,
      runDir,
      outputFolder,
      currentPlan: () => this.#plan,
      onLine: ({ job, resource }, line) => {
        if (this.#outputRate.take(monotonicMs())) this.#server.send({ type: 'output', job, resource, line });
      },
    });
    this.#jobs = new Jobs({
      records: this.#jobRecords,
      handFor: (context) => this.#handFor(context),
      onExit: (job, outcome, tookMs) => this.#server.send({ type: 'jobExited', job, outcome, tookMs }),
    });
    this.#deadMan = new DeadMan({
      records: this.#groupRecords,
      stopGroup: (group, epochCounter) => this.#hands.stopGroup(group, epochCounter, this.#jobs),
      onDone: (group, outcome) => this.#server.send({ type: 'deadManDone', group, outcome }),
      onLog: onProblem,
    });
    this.#fencing = new Fencing({
      outputFolder,
      agentFolders: options.agentFolders ?? usualAgentFolders,
      currentPlan: () => ({ self: this.#plan.self, fence: this.#plan.fence }),
      onFenced: (fence, outcome) => this.#server.send({ type: 'fenced', fence, outcome }),
      onTested: (fence, outcome) => this.#server.send({ type: 'fenceTested', fence, outcome }),
      onProblem,
    });
    this.#server = this.#createServer();
  }

  /** Resolves to the sentence why the runner cannot work, or undefined. */
  async open(): Promise<string | undefined> {
    if (typeof this.#options.packets === 'string') {
      this.#options.log('warning', `${this.#options.packets}; arping is used instead`);
    }
    await this.#readPlan();
    if (typeof this.#options.ping === 'string' && this.#plan.ping !== undefined) {
      this.#options.log('warning', `${this.#options.ping}; the command ping is used for ping targets`);
    }
    await this.#links.open();
    const problem = await this.#server.listen();
    if (problem !== undefined) return problem;
    this.#jobs.adopt(this.#jobRecords.readAll());
    this.#deadMan.open();
    return undefined;
  }

  /** Lets go of everything; services, scripts, addresses and orders stay as they are. */
  close(): void {
    this.#server.close();
    this.#deadMan.close();
    this.#announcer.close();
    this.#pinger.close();
    this.#watchdog.close();
    this.#links.close();
    this.#ip.close();
  }

  #createServer(): HeadServer {
    const { runDir, headUid, log, onReplaced } = this.#options;
    return new HeadServer({
      path: join(runDir, 'runner.sock'),
      headUid,
      onHead: (incarnation) => void this.#greet(incarnation),
      onHeadLost: (reason) => log('info', `the head is gone: ${reason}`),
      onOrder: (order) => void this.#obey(order),
      onReplaced,
      onLog: (sentence) => log('warning', sentence),
    });
  }

  async #readPlan(): Promise<void> {
    const { runDir, log } = this.#options;
    const record = new PlanRecord(join(runDir, 'plan'), this.#bootId, (sentence) => log('warning', sentence));
    const result = await this.#options.readPlan();
    if (result.kind === 'plan') {
      record.write(result.plan);
      this.#apply(result.plan);
      this.#problems = [];
      return;
    }
    this.#problems = result.problems;
    for (const problem of result.problems) log('error', problem);
    const before = this.#plan === noPlan ? record.read() : undefined;
    if (before !== undefined) this.#apply(before);
    const what = this.#plan === noPlan ? 'nothing is run before it is mended' : 'what was read before stays in force';
    log('error', `the config is broken: ${what}`);
  }

  #apply(plan: ResourcePlan): void {
    this.#plan = plan;
    this.#pinger.apply(plan.ping);
    this.#watchdog.apply(plan.watchdog);
  }

  async #obey(order: Exclude<ToRunner, { type: 'hello' }>): Promise<void> {
    const group = 'group' in order ? findGroup(this.#plan, order.group) : undefined;
    switch (order.type) {
      case 'run': {
        const { type: _, ...spec } = order;
        this.#jobs.run(spec);
        return;
      }
      case 'renew':
        return group === undefined ? undefined : this.#renew(group, order);
      case 'ask': {
        const unknown = { kind: 'impossible', detail: `the runner's config has no group ${order.group}` } as const;
        const answer = group === undefined ? unknown : await this.#floating.ask(group, order.waitMs);
        this.#server.send({ type: 'asked', ask: order.ask, answer });
        return;
      }
      case 'fence':
        this.#fencing.fence(order.fence);
        return;
      case 'testFence':
        this.#fencing.test(order.fence);
        return;
      case 'announce':
        return group === undefined ? undefined : this.#floating.announce(group);
      case 'dropAddresses':
        return group === undefined ? undefined : this.#dropAddresses(group);
      case 'deadMan':
        if (group !== undefined || order.afterMs === null)
          this.#deadMan.set(order.group, order.afterMs, order.epochCounter);
        return;
      case 'watchdog':
        return order.order === 'pet' ? this.#watchdog.pet(order.sentAtMs) : this.#watchdog[order.order]();
      case 'reload':
        await this.#readPlan();
        this.#server.send({ type: 'config', ok: this.#problems.length === 0, problems: this.#problems });
        return;
      default:
        return unreachable(order);
    }
  }

  async #greet(incarnation: string): Promise<void> {
    // A head that has just started has read the files as they are. An order to stop needs what may have gone from them.
    const isNew = incarnation !== this.#incarnation;
    this.#greetCount += 1;
    const greeting = this.#greetCount;
    this.#incarnation = incarnation;
    if (isNew && !this.#deadMan.hasOrder()) await this.#readPlan();
    const groups = await Promise.all(this.#plan.groups.map((group) => this.#describe(group)));
    // A head that came meanwhile is greeted on its own.
    if (greeting !== this.#greetCount) return;
    const { jobs, bootId } = { jobs: this.#jobs.running(), bootId: this.#bootId };
    if (!this.#server.send({ type: 'hello', version: runnerProtocolVersion, bootId, jobs, groups })) return;
    this.#options.log('info', `a head is there: ${incarnation}`);
    if (this.#problems.length > 0) this.#server.send({ type: 'config', ok: false, problems: this.#problems });
    for (const device of new Set(groups.flatMap(({ devices }) => devices))) {
      this.#tellLink(this.#links.find(device) ?? { device, hasCarrier: false, mac: '00:00:00:00:00:00' });
    }
    const { report } = this.#watchdog;
    if (report !== undefined) this.#server.send({ type: 'watchdog', ...report });
    for (const said of this.#pinger.known()) this.#server.send({ type: 'ping', ...said });
    this.#deadMan.deliverKept();
    this.#jobs.deliverKept();
  }

  async #describe(group: GroupPlan): Promise<RunnerGroup> {
    const record = this.#groupRecords.find(group.name);
    const renewed = record?.renewed;
    return {
      name: group.name,
      devices: await this.#floating.devicesOf(group),
      renewedAgoMs: renewed === undefined ? null : Math.max(0, Math.round(monotonicMs() - renewed.atMs)),
      renewedEpochCounter: renewed?.epochCounter ?? null,
      deadMan: record?.deadMan?.phase ?? 'none',
    };
  }

  async #renew(group: GroupPlan, order: ToRunner & { type: 'renew' }): Promise<void> {
    if (!this.#floating.isCurrent(order)) return;
    if (this.#deadMan.isRunning(group.name)) {
      // It is on its way down: the head must not believe that it still holds it.
      const missing = group.resources.filter(({ means }) => means.kind === 'address').map(({ name }) => name);
      this.#server.send({ type: 'renewed', group: group.name, order: order.order, missing });
      return;
    }
    this.#deadMan.heard(group.name);
    const missing = await this.#floating.renew(group, order);
    if (missing === undefined) return;
    if (missing.length === 0) this.#groupRecords.setRenewed(group.name, monotonicMs(), order.epochCounter);
    this.#server.send({ type: 'renewed', group: group.name, order: order.order, missing });
  }

  async #dropAddresses(group: GroupPlan): Promise<void> {
    for (const { name, means } of group.resources) {
      if (means.kind !== 'address') continue;
      const spec = { group: group.name, resource: name };
      const outcome = await this.#jobs.inTurn(spec, () => this.#addresses.takeDown(means));
      if (outcome.kind === 'failed') this.#options.log('error', `${name} could not be dropped: ${outcome.detail}`);
    }
  }

  #handFor(context: Parameters<JobsOptions['handFor']>[0]): ReturnType<JobsOptions['handFor']> {
    const { group, action } = context.spec;
    if (this.#deadMan.isRunning(group) && (action === 'start' || action === 'sync')) {
      return `group ${group} is being stopped, because no head had renewed it`;
    }
    const found = this.#hands.find(context);
    return typeof found === 'string' ? found : { hand: found.hand, statusTimeoutMs: found.resource.statusTimeoutMs };
  }

  #tellLink({ device, hasCarrier, mac }: Pick<Link, 'device' | 'hasCarrier' | 'mac'>): void {
    this.#server.send({ type: 'link', device, hasCarrier, mac });
  }
}
