import { join } from 'node:path';

import { BeatLateness } from '../adapters/beatLateness.ts';
import { BeatMargins } from '../adapters/beatMargins.ts';
import { FileJournal } from '../adapters/fileJournal/fileJournal.ts';
import { exitNow } from '../adapters/linux/exitNow.ts';
import type { Log } from '../adapters/log.ts';
import { MachineWatch } from '../adapters/machineFacts.ts';
import { RecordingFiles } from '../adapters/recordingFiles.ts';
import { RunnerSocket } from '../adapters/runnerSocket.ts';
import type { SlotStore } from '../adapters/slotStore/slotStore.ts';
import { SystemClock } from '../adapters/systemClock.ts';
import { WitnessClient } from '../adapters/witnessClient.ts';
import type { StatusReport } from '../control/controlProtocol.ts';
import { type ControlServer, openControlServer } from '../control/controlServer.ts';
import { beatVersion } from '../core/beats.ts';
import type { DurableState } from '../core/durable.ts';
import type { Entry } from '../core/entry.ts';
import type { Happening } from '../core/event.ts';
import type { BootId, Incarnation } from '../core/identity.ts';
import { initialState } from '../core/initial.ts';
import { Engine } from '../engine/engine.ts';
import { EventRing } from '../engine/eventRing.ts';
import type { Clock, Journal } from '../engine/ports.ts';
import { type BeatCodec, createBeatCodec } from '../wire/beatCodec.ts';
import { ChannelSet } from './channelSet.ts';
import { ChannelWatch } from './channelWatch.ts';
import { noteFatal } from './holdMode.ts';
import { keysReport } from './keys.ts';
import { marginsReport, noteMargins } from './margins.ts';
import { OperatorDesk } from './operatorDesk.ts';
import type { DaemonConfig } from './readConfig.ts';
import { recordingTexts } from './recordingTexts.ts';
import { RejectionLog } from './rejectionLog.ts';
import { rejectionWarnings } from './rejectionWarnings.ts';
import { Reloader, type ReloadOutcome } from './reload.ts';
import { runnerEvents } from './runnerEvents.ts';
import type { RunnerProcess } from './runnerProcess.ts';
import type { ServiceManager } from './serviceManager.ts';
import { serviceStatus } from './serviceStatus.ts';
import { snapshotOf } from './snapshotOf.ts';
import { peerDigest, statusReport } from './statusReport.ts';
import { witnessPlaceOf } from './witnessPlace.ts';

export interface DaemonOptions {
  readonly config: DaemonConfig;
  readonly stateDir: string;
  readonly runDir: string;
  readonly incarnation: Incarnation;
  readonly bootId: BootId;
  readonly version: string;
  readonly store: SlotStore;
  readonly durable: DurableState | undefined;
  readonly isHoldMode: boolean;
  readonly log: Log;
  /** For `hactl status`: what is not as it should be with this process. */
  readonly notes: StatusReport['warnings'];
  /** Undefined where something else keeps the runner there. */
  readonly runnerProcess: RunnerProcess | undefined;
  readonly serviceManager: ServiceManager;
  /** Reads the config files again. */
  readConfig: ConstructorParameters<typeof Reloader>[0]['readConfig'];
}

/** How long the last lines and writes of a daemon that ends may take, each. */
const lastWordsMs = 500;

/** The engine and everything it is plugged into: sockets, disk, clock, runner, people. */
export class Daemon {
  readonly #options: DaemonOptions;
  readonly #lateness = new BeatLateness();
  readonly #margins = new BeatMargins();
  readonly #ring = new EventRing(() => this.#recordings.noteDecision());
  readonly #recordings: RecordingFiles;
  readonly #clock = new SystemClock((lateMs) => this.#lateness.record(lateMs));
  readonly #files: FileJournal;
  readonly #channels: ChannelSet;
  readonly #runner: RunnerSocket;
  readonly #witness = new WitnessClient();
  readonly #desk: OperatorDesk;
  readonly #engine: Engine;
  readonly #machine: MachineWatch;
  readonly #reloader: Reloader;
  readonly #rejectionLog: RejectionLog;
  readonly #channelWatch: ChannelWatch;
  #control: ControlServer | undefined;
  #packetCount = 0;
  #isEnding = false;

  constructor(options: DaemonOptions) {
    this.#options = options;
    const { config, incarnation, bootId, log, stateDir } = options;
    this.#files = new FileJournal({ directory: stateDir, incarnation, onTrouble: (text) => log.warning(text) });
    this.#recordings = new RecordingFiles({
      directory: join(stateDir, 'recordings'),
      texts: () => this.#recording(),
      onTrouble: (text) => log.warning(text),
    });
    this.#machine = new MachineWatch(stateDir);
    this.#channels = new ChannelSet({
      onBytes: (channel, bytes) => {
        this.#packetCount += 1;
        const before = this.#engine.state;
        this.#engine.hear(channel, bytes);
        noteMargins(this.#margins, channel, { before, after: this.#engine.state, atMs: this.#clock.nowMs() });
      },
      onOpenChanged: (channel, isOpen, detail) => {
        const name = this.#engine.state.config.channels[channel]?.name ?? channel;
        log[isOpen ? 'info' : 'warning'](`channel ${name} is ${isOpen ? 'open' : 'closed'}: ${detail}`);
        this.#dispatch({ type: 'channelChanged', channel, isOpen, detail });
        this.#channelWatch.noteChange();
      },
      onHint: (channel, reason) => this.#dispatch({ type: 'hint', channel, reason }),
    });
    this.#runner = new RunnerSocket({
      path: join(options.runDir, 'runner.sock'),
      incarnation,
      listener: runnerEvents({
        bootId,
        dispatch: (happening) => this.#dispatch(happening),
        log: (level, sentence) => log[level](sentence),
        logOnce: (sentence) => log.limited(sentence, 'info', sentence),
        onConnected: () => options.runnerProcess?.noteConnected(),
        onLost: () => options.runnerProcess?.noteLost(),
        onConfig: (isOk, problems) => this.#reloader.noteRunnerConfig(isOk, problems),
      }),
    });
    this.#desk = new OperatorDesk({
      state: () => this.#engine.state,
      dispatch: (happening) => this.#dispatch(happening),
      report: () => this.report(),
      snapshot: () => this.#snapshot(),
      recording: () => this.#recording(),
      note: (sentence) => this.#record('operator', 'info', sentence),
      events: this.#files,
      reload: () => this.#reload(),
    });
    this.#engine = this.#createEngine();
    this.#reloader = new Reloader({
      engine: this.#engine,
      channels: this.#channels,
      runner: this.#runner,
      log,
      config,
      nowMs: () => this.#clock.nowMs(),
      readConfig: options.readConfig,
      codecOf,
      moveWitness: (next) => this.#witness.moveTo(witnessPlaceOf(next)),
    });
    this.#rejectionLog = new RejectionLog(this.#engine, log);
    this.#channelWatch = new ChannelWatch({
      config: () => this.#reloader.inForce,
      onConcern: ({ sentence, next }) => log.warning(`${sentence}; ${next}`),
    });
    this.#channels.apply(config.channels);
    this.#witness.moveTo(witnessPlaceOf(config));
  }

  /** Opens the sockets for operators and begins to beat. Resolves to the sentence why it cannot. */
  async start(): Promise<string | undefined> {
    const { runDir, log, isHoldMode, incarnation, version } = this.#options;
    const opened = await openControlServer({ runDir, handler: this.#desk.handle });
    if (!opened.ok) return opened.sentence;
    this.#control = opened.server;
    for (const note of opened.server.notes) log.warning(note);
    const { config } = this.#engine.state;
    this.#record(
      'started',
      'info',
      `twinbeatd ${version} on ${config.self} of ${config.cluster}, incarnation ${incarnation}`,
    );
    if (isHoldMode) {
      const sentence =
        'the daemon broke twice within a minute: it beats and renews, and decides nothing until it is restarted';
      this.#record('started', 'error', sentence);
    }
    this.#machine.start();
    this.#rejectionLog.start();
    this.#channelWatch.start();
    this.#dispatch({ type: 'alarm' });
    this.#options.serviceManager.ready();
    return undefined;
  }

  /** Asked to stop: `release` hands everything over first, `keep` leaves the services running. */
  stop(services: 'release' | 'keep'): void {
    this.#options.serviceManager.stopping();
    this.#dispatch({ type: 'stopAsked', services });
  }

  reload(): void {
    const { serviceManager } = this.#options;
    serviceManager.reloading();
    void this.#reload().finally(() => serviceManager.ready());
  }

  report(): StatusReport {
    const { version, notes } = this.#options;
    const rejected = this.#rejectionLog.total();
    const { state, peerKeyId } = this.#engine;
    const report = statusReport(state, {
      atMs: this.#clock.nowMs(),
      wallMs: this.#clock.wallMs(),
      version,
      notes: [
        ...notes,
        ...this.#channelWatch.concerns,
        ...rejectionWarnings(state.config, this.#rejectionLog.recent()),
      ],
      machine: this.#machine.facts,
      beats: {
        sent: this.#engine.state.beats.sequence,
        heard: this.#packetCount - rejected,
        latenessMs: this.#lateness.report(),
        ...marginsReport(this.#margins, state.config),
        version: beatVersion(state),
        versionMax: state.beatVersionMax,
        peerVersionMax: state.peer.beatVersionMax ?? null,
      },
      rejections: (channel) => this.#engine.rejections(channel),
    });
    const digests = state.groups.map(({ config: { name, digest } }) => [
      name,
      { here: digest, peer: peerDigest(state, name, this.#clock.nowMs()) },
    ]);
    return {
      ...report,
      keys: keysReport(this.#reloader.inForce.keys, peerKeyId),
      digests: Object.fromEntries(digests),
    };
  }

  #recording(): Iterable<string> {
    return recordingTexts(this.#ring.segments(), this.#options.version);
  }

  #snapshot(): string {
    const atMs = this.#clock.nowMs();
    return snapshotOf(this.#engine.state, { version: this.#options.version, atMs, wallMs: this.#clock.wallMs() });
  }

  /** A broken invariant: nothing is decided any more, services stay, and somebody starts the daemon again. */
  async die(error: unknown): Promise<void> {
    this.#engine.halt();
    const { log, stateDir, serviceManager } = this.#options;
    serviceManager.broken();
    if (this.#isEnding) {
      // It was about to end, and must not stay half-way.
      setTimeout(() => void exitNow(fatalExitCode), 4 * lastWordsMs);
      return;
    }
    this.#isEnding = true;
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    log.fatal(`${detail}; services stay as they are, exit 70`);
    this.#channels.close();
    await withinMs(lastWordsMs, [
      noteFatal(stateDir, Date.now()),
      this.#files.close(),
      this.#recordings.close(),
      log.flush(lastWordsMs),
    ]);
    await exitNow(fatalExitCode);
  }

  async #reload(): Promise<ReloadOutcome> {
    const outcome = await this.#reloader.reload();
    this.#channelWatch.noteChange();
    return outcome;
  }

  #createEngine(): Engine {
    const { config, incarnation, bootId, durable, isHoldMode, store } = this.#options;
    const nowMs = this.#clock.nowMs();
    const channelSet = this.#channels;
    const journal: Journal = { append: (entry) => this.#note(entry) };
    return new Engine({
      state: initialState({
        config: config.node,
        incarnation,
        bootId,
        durable,
        isHoldMode,
        atMs: nowMs,
        wallMs: this.#clock.wallMs(),
      }),
      codec: codecOf(config),
      ports: {
        clock: this.#watchedClock(),
        get channels() {
          return channelSet.channels;
        },
        runner: this.#runner,
        witness: this.#witness,
        store,
        journal,
        recorder: this.#ring,
        desk: this.#desk,
        exit: (code) => void this.#end(code),
      },
    });
  }

  /** The engine sets its alarm at the end of each turn, and only there: a loop that hangs, or is halted, gives no sign. */
  #watchedClock(): Clock {
    const clock = this.#clock;
    const { serviceManager } = this.#options;
    const statusOf = (): string => serviceStatus(this.report());
    return {
      nowMs: () => clock.nowMs(),
      wallMs: () => clock.wallMs(),
      setAlarm: (atMs, onAlarm) => {
        clock.setAlarm(Math.min(atMs, clock.nowMs() + serviceManager.turnEachMsMax), onAlarm);
        this.#desk.noteTurn();
        serviceManager.noteTurn(statusOf);
      },
      clearAlarm: () => clock.clearAlarm(),
    };
  }

  #dispatch(happening: Happening): void {
    this.#engine.dispatch(happening);
  }

  #record(id: Entry['id'], level: Entry['level'], sentence: string): void {
    this.#note({ id, level, sentence, atMs: this.#clock.nowMs(), wallMs: this.#clock.wallMs() });
  }

  #note(entry: Entry): void {
    this.#files.append(entry);
    this.#options.log.entry(entry);
    this.#desk.noteEntry(entry);
  }

  /** The core has finished. Everything is given a moment, nothing more. */
  async #end(code: number): Promise<void> {
    if (this.#isEnding) return;
    this.#isEnding = true;
    const { log, store, runnerProcess } = this.#options;
    const hasReleased = this.#engine.state.leaving.kind === 'left';
    this.#machine.stop();
    this.#rejectionLog.stop();
    this.#channelWatch.stop();
    this.#runner.close();
    this.#witness.close();
    if (hasReleased) await runnerProcess?.end();
    else runnerProcess?.leave();
    // The last beats and the answers to operators are on their way.
    await new Promise(setImmediate);
    this.#desk.close();
    await withinMs(lastWordsMs, [
      this.#control?.close() ?? Promise.resolve(),
      this.#files.close(),
      this.#recordings.close(),
      store.close(),
    ]);
    this.#channels.close();
    log.info(`stopped, exit ${code}`);
    await log.flush(lastWordsMs);
    await exitNow(code);
  }
}

/** EX_SOFTWARE of sysexits.h. */
const fatalExitCode = 70;

function codecOf({ node, keys }: DaemonConfig): BeatCodec {
  return createBeatCodec({
    cluster: node.cluster,
    self: node.self,
    peer: node.peer,
    groupNames: node.groups.map(({ name }) => name),
    keys: keys.keys,
    signingKeyId: keys.signWith,
  });
}

async function withinMs(ms: number, all: readonly Promise<unknown>[]): Promise<void> {
  const tooLong = new Promise((resolve) => setTimeout(resolve, ms));
  await Promise.race([Promise.allSettled(all), tooLong]);
}
