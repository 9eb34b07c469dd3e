import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { type RunnerHello, type RunnerListener, RunnerSocket } from '../../src/adapters/runnerSocket.ts';
import { readRunnerMessage } from '../../src/control/readRunnerMessage.ts';
import type { FromRunner, ToRunner } from '../../src/control/runnerProtocol.ts';
import type { JobOutcome, JobSpec } from '../../src/core/job.ts';
import type { WatchdogReport } from '../../src/core/watchdog.ts';
import type { AskAnswer } from '../../src/engine/ports.ts';
import { until } from './recordingListener.ts';

/** A runner that answers what the test tells it to. */
class PretendedRunner {
  readonly path: string;
  readonly heard: ToRunner[] = [];
  readonly #server = createServer((socket) => this.#accept(socket));
  #socket: Socket | undefined;
  hello: Partial<FromRunner & { type: 'hello' }> = {};

  constructor(t: TestContext) {
    const folder = mkdtempSync(join(tmpdir(), 'tb-runner-socket-'));
    this.path = join(folder, 'runner.sock');
    t.after(() => {
      this.stop();
      rmSync(folder, { recursive: true });
    });
  }

  start(): void {
    this.#server.listen(this.path);
  }

  stop(): void {
    this.#socket?.destroy();
    this.#server.close();
  }

  hangUp(): void {
    this.#socket?.destroy();
  }

  say(message: FromRunner | string): void {
    this.#socket?.write(typeof message === 'string' ? message : `${JSON.stringify(message)}\n`);
  }

  types(): readonly string[] {
    return this.heard.map((message) => ('job' in message ? `${message.type} ${message.job}` : message.type));
  }

  #accept(socket: Socket): void {
    this.#socket = socket;
    socket.on('error', () => undefined);
    socket.setEncoding('utf8').on('data', (text: string) => {
      for (const line of text.trimEnd().split('\n')) {
        const message = JSON.parse(line) as ToRunner;
        this.heard.push(message);
        if (message.type === 'hello') {
          this.say({ type: 'hello', version: 1, bootId: 'b', jobs: [], groups: [], ...this.hello });
        }
      }
    });
  }
}

class Listener implements RunnerListener {
  readonly news: string[] = [];
  hello: RunnerHello | undefined;
  onConnected(hello: RunnerHello): void {
    this.hello = hello;
    this.news.push(`connected ${hello.jobs.map(({ job }) => job).join()}`);
  }
  onLost(): void {
    this.news.push('lost');
  }
  onRenewed(group: string, missing: readonly string[]): void {
    this.news.push(`renewed ${group} ${missing.join()}`);
  }
  onLink({ device, hasCarrier }: { readonly device: string; readonly hasCarrier: boolean }): void {
    this.news.push(`link ${device} ${hasCarrier}`);
  }
  onPing(target: string, isUp: boolean): void {
    this.news.push(`ping ${target} ${isUp}`);
  }
  onWatchdog({ state }: WatchdogReport): void {
    this.news.push(`watchdog ${state}`);
  }
  onDeadManDone(group: string): void {
    this.news.push(`dead man ${group}`);
  }
  onOutput({ line }: { readonly line: string }): void {
    this.news.push(`output ${line}`);
  }
  onConfig(isOk: boolean): void {
    this.news.push(`config ${isOk}`);
  }
}

function open(t: TestContext): { runner: PretendedRunner; listener: Listener; socket: RunnerSocket } {
  const runner = new PretendedRunner(t);
  const listener = new Listener();
  const socket = new RunnerSocket({ path: runner.path, incarnation: 'aaaaaaaaaaaaaaaa', listener });
  t.after(() => socket.close());
  return { runner, listener, socket };
}

async function connected(runner: PretendedRunner, listener: Listener): Promise<void> {
  runner.start();
  await until(() => listener.news.length > 0, 'the connection');
}

function job(name: string, timeoutMs = 5000): JobSpec {
  return { job: name, group: 'g', resource: 'r', action: 'start', epochCounter: 1, timeoutMs };
}

test('orders wait for the runner in their order, and renewals do not wait', async (t) => {
  const { runner, socket } = open(t);
  socket.run(job('one'), () => undefined);
  socket.dropAddresses('g');
  socket.run(job('two'), () => undefined);
  socket.renew('g', 1);
  socket.setDeadMan('g', { afterMs: 1000, epochCounter: 1 });
  await sleep(150);
  runner.start();
  await until(() => runner.types().length >= 5, 'all orders');
  await sleep(100);
  assert.deepEqual(
    runner.types(),
    ['hello', 'run one', 'dropAddresses', 'run two', 'deadMan'],
    'in this order, each once',
  );
  socket.renew('g', 1);
  await until(() => runner.types().at(-1) === 'renew', 'the renewal');
});

test('a job is answered once, also when the connection breaks and its result comes twice', async (t) => {
  const { runner, listener, socket } = open(t);
  await connected(runner, listener);
  const outcomes: JobOutcome[] = [];
  socket.run(job('one'), (outcome) => outcomes.push(outcome));
  socket.run(job('two'), (outcome) => outcomes.push(outcome));
  await until(() => runner.types().length === 3, 'both orders');
  runner.hello = { jobs: [{ ...job('two'), sinceMs: 1 }] };
  runner.hangUp();
  await until(() => runner.types().length >= 5, 'one order again');
  await sleep(100);
  assert.deepEqual(
    runner.types(),
    ['hello', 'run one', 'run two', 'hello', 'run one'],
    'what still runs is not ordered again',
  );
  assert.deepEqual(listener.news, ['connected ', 'lost', 'connected ']);
  for (const name of ['one', 'one', 'two'])
    runner.say({ type: 'jobExited', job: name, outcome: { kind: 'done' }, tookMs: 1 });
  await until(() => outcomes.length >= 2, 'both results');
  await sleep(50);
  assert.deepEqual(outcomes, [{ kind: 'done' }, { kind: 'done' }]);
});

test('a job of an earlier head is offered, and its result waits for the one who adopts it', async (t) => {
  const { runner, listener, socket } = open(t);
  runner.hello = { jobs: [{ ...job('old'), sinceMs: 1 }] };
  await connected(runner, listener);
  assert.deepEqual(listener.hello?.jobs, [job('old')]);
  runner.say({ type: 'jobExited', job: 'old', outcome: { kind: 'stopped' }, tookMs: 1 });
  await sleep(50);
  const outcome = await new Promise<JobOutcome>((resolve) => socket.adopt('old', resolve));
  assert.deepEqual(outcome, { kind: 'stopped' });
});

test('an adopted job that the runner has lost is answered as failed', async (t) => {
  const { runner, listener, socket } = open(t);
  runner.hello = { jobs: [{ ...job('old'), sinceMs: 1 }] };
  await connected(runner, listener);
  const outcome = new Promise<JobOutcome>((resolve) => socket.adopt('old', resolve));
  runner.hello = {};
  runner.hangUp();
  assert.deepEqual(await outcome, { kind: 'failed', detail: 'the runner has lost this job' });
});

test('a question is answered in every case', async (t) => {
  const { runner, listener, socket } = open(t);
  const answers: AskAnswer[] = [];
  const ask = (waitMs: number): Promise<AskAnswer> => new Promise((resolve) => socket.ask('g', waitMs, resolve));
  answers.push(await ask(20));
  await connected(runner, listener);
  const pending = ask(20_000);
  await until(() => runner.types().includes('ask'), 'the question');
  runner.say({ type: 'asked', ask: 2, answer: { kind: 'silent' } });
  answers.push(await pending);
  const lost = ask(20_000);
  await until(() => runner.types().filter((type) => type === 'ask').length === 2, 'the next question');
  runner.hangUp();
  answers.push(await lost);
  await until(() => listener.news.length === 3, 'the connection again');
  answers.push(await ask(20));
  assert.deepEqual(
    answers.map((answer) => answer.kind),
    ['impossible', 'silent', 'impossible', 'impossible'],
  );
});

test('a dead-man order that a restarted runner has forgotten is given again, one that was carried out is not', async (t) => {
  const { runner, listener, socket } = open(t);
  await connected(runner, listener);
  socket.setDeadMan('forgotten', { afterMs: 1000, epochCounter: 1 });
  socket.setDeadMan('done', { afterMs: 1000, epochCounter: 1 });
  await until(() => runner.types().length === 3, 'both orders');
  const group = { devices: [], renewedAgoMs: null, renewedEpochCounter: null };
  runner.hello = {
    groups: [
      { ...group, name: 'forgotten', deadMan: 'none' },
      { ...group, name: 'done', deadMan: 'done' },
    ],
  };
  runner.heard.length = 0;
  runner.hangUp();
  await until(() => runner.heard.length >= 2, 'one order again');
  await sleep(100);
  assert.deepEqual(runner.heard.slice(1), [{ type: 'deadMan', group: 'forgotten', afterMs: 1000, epochCounter: 1 }]);
});

test('garbage from the socket is ignored, and news before and after it arrives', async (t) => {
  const { runner, listener } = open(t);
  await connected(runner, listener);
  runner.say({ type: 'link', device: 'eth0', hasCarrier: true, mac: '02:00:00:00:00:01' });
  runner.say(
    '{"type":"jobExited","job":7}\n[]\nnull\n\u0000\ufffd\n{"type":"asked","ask":1,"answer":{"kind":"answered"}}\n',
  );
  runner.say({ type: 'renewed', group: 'g', order: 1, missing: ['ip'] });
  runner.say({ type: 'config', ok: false, problems: ['x'] });
  runner.say({ type: 'output', job: 'j', resource: 'r', line: 'hello' });
  runner.say({ type: 'deadManDone', group: 'g', outcome: { kind: 'done' } });
  await until(() => listener.news.length >= 6, 'all news');
  assert.deepEqual(listener.news, [
    'connected ',
    'link eth0 true',
    'renewed g ip',
    'config false',
    'output hello',
    'dead man g',
  ]);
  runner.say('x'.repeat(100_000));
  await until(() => listener.news.length >= 8, 'the connection again');
  assert.deepEqual(listener.news.slice(6), ['lost', 'connected ']);
});

test('any value is a message or nothing', () => {
  const types = ['hello', 'jobExited', 'renewed', 'asked', 'link', 'deadManDone', 'output', 'config'];
  const message = fc.record({
    type: fc.constantFrom(...types),
    job: fc.jsonValue(),
    group: fc.jsonValue(),
    outcome: fc.jsonValue(),
    jobs: fc.jsonValue(),
    groups: fc.jsonValue(),
    answer: fc.jsonValue(),
    missing: fc.jsonValue(),
  });
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), message), (value) => {
      const read = readRunnerMessage(value);
      assert.ok(read === undefined || types.includes(read.type));
    }),
    { numRuns: 500 },
  );
});
