import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { plainOptions } from '../../src/sim/options.ts';
import { Prng } from '../../src/sim/prng.ts';
import { Process } from '../../src/sim/process.ts';
import { Schedule } from '../../src/sim/schedule.ts';
import { World } from '../../src/sim/world.ts';

suite('the simulator', () => {
  test('draws the same numbers for the same seed, and others for another label', () => {
    const draw = (prng: Prng): readonly number[] => Array.from({ length: 5 }, () => prng.uint32());
    assert.deepEqual(draw(new Prng(7).fork('wire')), draw(new Prng(7).fork('wire')));
    assert.notDeepEqual(draw(new Prng(7).fork('wire')), draw(new Prng(7).fork('disk')));
    assert.notDeepEqual(draw(new Prng(7)), draw(new Prng(8)));
  });

  test('draws within its bounds, both ends included', () => {
    const prng = new Prng(1);
    const drawn = new Set(Array.from({ length: 500 }, () => prng.between(3, 6)));
    assert.deepEqual(
      [...drawn].toSorted((a, b) => a - b),
      [3, 4, 5, 6],
    );
    assert.equal(prng.timeMs([4, 4]), 4);
    assert.match(prng.hex(16), /^[0-9a-f]{16}$/);
  });

  test('lets things happen in the order of their times, and of two at once the first that was asked for', () => {
    const schedule = new Schedule();
    const prng = new Prng(2);
    const times = Array.from({ length: 300 }, () => prng.between(0, 50));
    const happened: (readonly [number, number])[] = [];
    times.forEach((atMs, index) => schedule.at(atMs, () => happened.push([atMs, index])));
    schedule.runUntil(100);
    const expected = times.map((atMs, index) => [atMs, index] as const).toSorted((a, b) => a[0] - b[0] || a[1] - b[1]);
    assert.deepEqual(happened, expected);
    assert.equal(schedule.nowMs, 100);
  });

  test('keeps what comes to a frozen process, and forgets what comes to a dead one', () => {
    const process = new Process();
    const done: ('packet' | 'timer' | 'late')[] = [];
    process.freeze();
    process.run(() => done.push('packet'));
    process.run(() => done.push('timer'), 'timer');
    assert.equal(done.length, 0);
    process.thaw(0);
    assert.deepEqual(done, ['timer', 'packet']);
    process.freeze();
    process.run(() => done.push('timer'), 'timer');
    process.run(() => done.push('packet'));
    process.thaw(1);
    assert.deepEqual(done, ['timer', 'packet', 'packet', 'timer'], 'sockets were read before');
    process.kill();
    process.run(() => done.push('late'));
    assert.equal(done.length, 4);
  });

  test('lets no write of a daemon that has ended reach the disk afterwards', () => {
    const world = new World(1, { ...plainOptions, pace: { ...plainOptions.pace, diskMs: [2_000, 2_000] } });
    const [machine] = world.machines;
    world.boot(machine);
    while (!machine.disk.isWriting) world.advance(10);
    world.stopHead(machine, 'keep');
    world.advance(10);
    assert.equal(machine.head, undefined);
    const { content } = machine.disk;
    world.advance(3_000);
    assert.equal(machine.disk.content, content);
  });
});
