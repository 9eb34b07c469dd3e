import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { replayed } from '../../src/cli/replay/replayed.ts';
import { parseRecording, type Recording } from '../../src/control/recording/recording.ts';
import { sendPieces } from '../../src/control/sendPieces.ts';
import { recordingTexts } from '../../src/daemon/recordingTexts.ts';
import { EventRing } from '../../src/engine/eventRing.ts';
import { obey } from '../../src/sim/commands.ts';
import type { Machine } from '../../src/sim/machine.ts';
import { plainOptions, type SimOptions } from '../../src/sim/options.ts';
import { Prng } from '../../src/sim/prng.ts';
import { drawOptions } from '../../src/sim/swarm.ts';
import { World } from '../../src/sim/world.ts';
import { fakeHead, folder, run } from './fakeHead.ts';

process.env['TZ'] = 'UTC';

suite('a recording, run through the core again,', () => {
  test('comes to the same decisions, whatever happened to the pair', () => {
    const seen = new Set<string>();
    const types = new Set<string>();
    for (let seed = 1; seed <= 12; seed += 1) {
      const pair = new RecordedPair(seed, drawOptions(new Prng(seed).fork('options')));
      pair.live();
      for (const text of pair.texts()) {
        const { difference, decisions, events } = replayed(recordingOf(text));
        assert.equal(difference, undefined, `seed ${seed}: ${JSON.stringify(difference)}`);
        assert(events > 0);
        for (const { rule } of decisions) seen.add(rule);
        for (const { event } of recordingOf(text).events) types.add(event.type);
      }
    }
    assert(seen.size > 12, [...seen].join());
    for (const type of ['alarm', 'beatHeard', 'jobExited', 'saved', 'operatorAsked', 'linkChanged', 'runnerConnected'])
      assert(types.has(type), `${type} among ${[...types].join()}`);
  });

  test('is bounded: the oldest events are forgotten', () => {
    const pair = new RecordedPair(1, plainOptions);
    pair.world.advance(120_000);
    for (const text of pair.texts()) {
      const { events } = recordingOf(text);
      assert(events.length > 400 && events.length <= 512, `${events.length} events`);
      assert(text.length < 1024 * 1024, `${text.length} characters`);
    }
  });

  test('names the first event at which something else comes out', () => {
    const recording = recordingOf(takenOver());
    const index = recording.events.findIndex(({ decided }) => decided.length > 0);
    assert(index > 0);
    const events = recording.events.map((one, at) =>
      at === index ? { ...one, decided: [{ group: 'site', rule: 'standby' }] } : one,
    );
    const { difference } = replayed({ ...recording, events });
    assert.equal(difference?.event, index + 1);
    assert.equal(difference?.recorded.decided[0]?.rule, 'standby');
    assert.equal(difference?.now?.decided[0]?.rule, recording.events[index]?.decided[0]?.rule);
    const undone = recording.events.map((one) => ({ ...one, did: [] }));
    assert(replayed({ ...recording, events: undone }).difference !== undefined);
  });

  test('says of each beat whether it names all groups; one of an earlier version, which did not, forgets none', () => {
    const text = takenOver();
    const shortOnes = (source: string): readonly boolean[] =>
      recordingOf(source).events.flatMap(({ event }) => (event.type === 'beatHeard' ? [event.isShort] : []));
    assert(shortOnes(text).length > 0 && shortOnes(text).every((isShort) => !isShort));
    const old = text.replaceAll(',"isShort":false', '');
    assert.notEqual(old, text);
    assert(shortOnes(old).every((isShort) => isShort));
    assert.equal(replayed(recordingOf(old)).difference, undefined);
  });

  test('with events that cannot be ends with a sentence, and never throws', () => {
    const recording = recordingOf(takenOver());
    const junk: readonly unknown[] = [
      { type: 'dance', atMs: 1, wallMs: 1 },
      { type: 'constructor', atMs: 1, wallMs: 1 },
      { type: 'beatHeard', atMs: 1, wallMs: 1 },
      { type: 'beatHeard', channel: -1, beat: {}, atMs: 1, wallMs: 1 },
      { type: 'operatorAsked', wish: { kind: 'takeover' }, atMs: 1, wallMs: 1 },
      { type: 'configChanged', config: null, atMs: 1, wallMs: 1 },
      { type: 'runnerConnected', jobs: 7, atMs: 1, wallMs: 1 },
    ];
    for (const event of junk) {
      const events = [{ event, decided: [], did: ['something'] }] as unknown as Recording['events'];
      const { difference } = replayed({ ...recording, events });
      assert.equal(difference?.event, 1, JSON.stringify(event));
    }
  });
});

suite('hactl replay', () => {
  test('of what the daemon has in memory shows the decisions, and that they come out again', async (t) => {
    const text = takenOver();
    const runDir = await fakeHead(t, (request, reply) => {
      assert.equal(request.verb, 'recording');
      sendPieces([text.slice(0, 50_000), text.slice(50_000)], reply);
    });
    const { exitCode, out } = await run(runDir, ['replay']);
    assert.equal(exitCode, 0);
    assert.match(out, /event \d+, alarm: site by rule peer-lost \(E6\): the peer is gone/);
    assert.match(out, /the same \d+ decisions come out again$/);
    for (const line of out.split('\n')) assert(line.length <= 80, line);
    const json = await run(runDir, ['replay', '--json']);
    assert.equal((JSON.parse(json.out) as { isSame: boolean }).isSame, true);
  });

  test('of a file says at which event another thing comes out, and ends with 1', async (t) => {
    const file = join(folder(t), 'recording');
    writeFileSync(file, takenOver().replaceAll('"rule":"peer-lost"', '"rule":"peer-gone"'));
    const { exitCode, out } = await run(folder(t), ['replay', file]);
    assert.equal(exitCode, 1);
    assert.match(out, /another thing comes out at event \d+, after \d+ decision/);
    assert.match(out, /recorded: site by rule peer-gone \(E6\): a rule that this version does not have/);
    assert.match(out, /now: +site by rule peer-lost \(E6\)/);
  });

  test('of a file whose last line was cut short replays the others', async (t) => {
    const file = join(folder(t), 'recording');
    writeFileSync(file, takenOver().slice(0, -40));
    const { exitCode, out } = await run(folder(t), ['replay', file]);
    assert.equal(exitCode, 0);
    assert.match(out, /its\s+last line was\s+cut short/);
  });

  const wrong: readonly (readonly [string, RegExp])[] = [
    ['', /line 1: it is no JSON/],
    ['{}\n', /line 1: recording is no 1/],
    ['{"recording":1,"version":"1","node":"a","state":{}}\n', /line 1: state\.config is no object/],
    ['[[[[\n', /line 1: it is no JSON/],
    ['\u0000\n', /line 1: it is no JSON/],
  ];
  for (const [text, says] of wrong) {
    test(`refuses ${JSON.stringify(text.slice(0, 30))}`, async (t) => {
      const file = join(folder(t), 'recording');
      writeFileSync(file, text);
      const { exitCode, err } = await run(folder(t), ['replay', file]);
      assert.equal(exitCode, 1);
      assert.match(err, says);
    });
  }

  test('refuses a line that is none, with its number', async (t) => {
    const file = join(folder(t), 'recording');
    writeFileSync(file, `${takenOver()}{"event":{"type":7}}\n`);
    assert.match((await run(folder(t), ['replay', file])).err, /line \d+: event\.type is no text/);
    assert.equal((await run(folder(t), ['replay', join(folder(t), 'none')])).exitCode, 1);
    assert.equal((await run(folder(t), ['replay'])).exitCode, 4);
  });
});

/** The recording of a node that took over from a dead peer. */
function takenOver(): string {
  const pair = new RecordedPair(1, plainOptions);
  obey(pair.world, ['crash', 'node1'], 1);
  pair.world.advance(4_000);
  return pair.texts()[1] ?? '';
}

function recordingOf(text: string): Recording {
  const parsed = parseRecording(text);
  assert(parsed.ok, parsed.ok ? '' : parsed.sentence);
  return parsed.recording;
}

/** A pretended pair whose daemons keep their events, as the real ones do. */
class RecordedPair {
  readonly world: World;
  readonly #rings = new Map<string, EventRing>();

  constructor(seed: number, options: SimOptions) {
    this.world = new World(seed, options, { recorder: (machine) => this.#ringOf(machine) });
    for (const machine of this.world.machines) this.world.boot(machine);
    this.world.advance(options.initdeadMs + 10_000);
  }

  /** One trouble after the other. */
  live(): void {
    const { world } = this;
    const [one, other] = world.machines;
    obey(world, ['type', other.name, 'takeover', '--force'], 1);
    world.advance(700);
    for (const cable of world.cables) world.cut(cable, 'both');
    world.advance(3 * world.options.deadMs);
    for (const cable of world.cables) world.mend(cable);
    world.advance(400);
    world.freezeMachine(one);
    world.advance(2 * world.options.deadMs);
    world.thawMachine(one);
    world.advance(500);
  }

  texts(): readonly string[] {
    return [...this.#rings.values()].map((ring) => [...recordingTexts(ring.segments(), '0.1.0')].join(''));
  }

  /** A daemon that starts begins with an empty ring. */
  #ringOf(machine: Machine): EventRing {
    const ring = new EventRing(() => undefined);
    this.#rings.set(machine.name, ring);
    return ring;
  }
}
