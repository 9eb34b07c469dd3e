import assert from 'node:assert/strict';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { after, before, suite, test } from 'node:test';
import type { Io } from '../../src/cli/io.ts';
import type { Replayed } from '../../src/cli/replay/replayed.ts';
import { drill } from '../../src/cli/verbs/drill.ts';
import type { Plan } from '../../src/sim/live/plan.ts';
import type { WhyNot } from '../../src/sim/live/whyNot.ts';
import { type Run, run } from '../cli/fakeHead.ts';
import { type Name, Pair, patientDeadMs } from './pair.ts';

suite('hactl of a live pair', () => {
  let pair: Pair;
  const hactl = (name: Name, ...words: readonly string[]): Promise<Run> => run(pair.path(name, 'run'), words);
  const json = async <T>(name: Name, ...words: readonly string[]): Promise<T> => {
    const { exitCode, out, err } = await hactl(name, '--json', ...words);
    assert.equal(exitCode, 0, `${out}\n${err}`);
    return JSON.parse(out) as T;
  };

  before(async () => {
    pair = await Pair.create({ deadMs: patientDeadMs });
    pair.start('node1');
    pair.start('node2');
    await pair.untilRole('node1', 'active');
    for (const name of ['node1', 'node2'] as const) {
      await pair.until(name, 'both being armed', (status) => {
        const [group] = status.groups;
        return group?.armed['node1']?.armed === true && group.armed['node2']?.armed === true && !status.jeopardy;
      });
    }
  });
  after(() => pair.destroy());

  test('explains what the daemon decided, now and by its journal', async () => {
    for (const name of ['node1', 'node2'] as const) {
      const status = await pair.status(name);
      const now = await json<{ decides: { rule: string } }>(name, 'explain', 'site');
      assert.equal(now.decides.rule, status?.groups[0]?.because.rule);
    }
    const then = await json<{ from: string; decides: { rule: string } }>('node1', 'explain', 'site', '--at', '0s');
    assert.deepEqual([then.from, then.decides.rule], ['journal', 'owner']);
  });

  test('plans the takeover that then happens, and says what --dry-run says', async () => {
    const dry = await hactl('node2', 'takeover', '--dry-run', 'site');
    const plan = await json<Plan>('node2', 'plan', 'takeover', 'site');
    assert.equal(plan.answer.sentence, dry.out);
    const done = pair.history().length;
    assert.equal((await hactl('node2', 'takeover', 'site', '--wait')).exitCode, 0);
    const planned = plan.steps.map(
      ({ node, action, resource }) => `${node} ${action} ${resource.replace('thing::', '')}`,
    );
    assert.deepEqual(pair.history().slice(done), planned);
    assert.equal((await hactl('node1', 'takeover', 'site', '--wait')).exitCode, 0);
    await pair.until('node1', 'node2 being armed', ({ groups }) => groups[0]?.armed['node2']?.armed === true);
  });

  test('says from both sides that the standby would take over', async () => {
    for (const name of ['node1', 'node2'] as const) {
      const why = await json<WhyNot>(name, 'why-not', 'node2', 'site');
      assert.deepEqual([why.isHolding, why.armed.reason, why.ifOtherDies.takesOver], [false, 'armed', true]);
    }
  });

  test('simulates, and touches nothing', async () => {
    const done = pair.history().length;
    const { exitCode, out } = await hactl('node2', 'simulate', 'crash node1; wait 60s');
    assert.equal(exitCode, 0);
    assert.match(out, /site moves from node1 to node2/);
    assert.equal(pair.history().length, done);
    assert.equal((await pair.status('node2'))?.groups[0]?.role, 'standby');
  });

  test('replays what it has in memory, and what it wrote after a decision', async () => {
    const live = await json<Replayed & { isSame: boolean }>('node1', 'replay');
    assert.equal(live.isSame, true);
    assert(live.events > 20);
    const folder = pair.path('node1', 'state', 'recordings');
    const names = await written(folder);
    const kept = await json<Replayed & { isSame: boolean }>('node1', 'replay', `${folder}/${names[0]}`);
    assert.equal(kept.isSame, true);
    assert(kept.decisions.length > 0);
  });

  test('measures the beats', async () => {
    const status = await pair.status('node1');
    assert((status?.beats.silenceMs?.count ?? 0) > 10, JSON.stringify(status?.beats));
    const file = pair.path('node1', 'etc/twinbeat.yaml');
    const { out } = await run(pair.path('node1', 'run'), ['--config', file, 'timing']);
    assert.match(out, /silences of the peer: p50 \d+\.\d, /);
    assert.match(out, /yours is (10s|long enough)/);
  });

  test('drills there and back, measures, and writes it down', async () => {
    const refused = await hactl('node1', 'drill');
    assert.equal(refused.exitCode, 8);
    assert.match(refused.err, /nothing was moved; run hactl drill --yes/);
    for (const name of ['node1', 'node2'] as const) {
      const done = pair.history().length;
      const { exitCode, out, err } = await hactl(name, 'drill', '--yes');
      assert.equal(exitCode, 0, `${out}\n${err}`);
      assert.match(out, /drill: site node1 -> node2, down for \d+\.\d\d s; site node2 -> node1, down for \d+\.\d\d s$/);
      assert.deepEqual(pair.history().slice(done), [
        'node1 stop b',
        'node1 stop a',
        'node2 start a',
        'node2 start b',
        'node2 stop b',
        'node2 stop a',
        'node1 start a',
        'node1 start b',
      ]);
      assert(
        (await pair.events(name)).some(({ id, sentence }) => id === 'operator' && sentence.startsWith('drill: site')),
      );
    }
    assert.equal((await pair.status('node1'))?.groups[0]?.role, 'active');
  });

  test('refuses a drill when not everything is well', async () => {
    await hactl('node2', 'standby');
    await pair.until('node1', 'node2 on standby', ({ groups }) => groups[0]?.armed['node2']?.armed === false);
    const done = pair.history().length;
    const { exitCode, err } = await hactl('node1', 'drill', '--yes');
    assert.equal(exitCode, 5);
    assert.match(err, /refused: node2 is not armed for site: an operator put the node on standby/);
    assert.equal(pair.history().length, done);
    await hactl('node2', 'online');
    assert.equal((await hactl('node1', 'drill', '--yes', 'nowhere')).exitCode, 2);
  });

  test('asks before it drills, and moves nothing when the answer is no', async () => {
    const done = pair.history().length;
    const said: string[] = [];
    for (const answer of ['', 'n', undefined]) {
      const asker = {
        ask: async () => await Promise.resolve(answer),
        say: (text: string) => void said.push(text),
        close: () => undefined,
      };
      const call = { io: silentIo, socketPath: pair.path('node1', 'run/control.sock'), configFile: '', isJson: false };
      const options = { isSure: false, timeoutMs: 20_000, openAsker: () => asker };
      assert.equal(await drill(call, [], options), 8);
    }
    assert.equal(said[0], 'site goes from node1 to node2, and back');
    assert.equal(pair.history().length, done);
  });

  test('ends a drill early where the other node cannot start, and says where', async () => {
    pair.write('node2', 'cannot-start', '');
    const { exitCode, err } = await hactl('node1', 'drill', '--yes');
    assert.equal(exitCode, 1);
    assert.match(err, /the drill ended early: the move of site from node1 to node2 came to nothing: /);
    await pair.untilRole('node1', 'active');
    rmSync(pair.path('node2', 'cannot-start'));
    assert((await pair.events('node1')).some(({ sentence }) => sentence.startsWith('the drill ended early')));
  });

  test('thinks with a file that hactl snapshot wrote, when the daemon is gone', async () => {
    const file = pair.path('node1', 'snapshot');
    writeFileSync(file, (await hactl('node1', 'snapshot')).out);
    const elsewhere = pair.path('node1', 'etc');
    assert.equal((await run(elsewhere, ['explain', '--snapshot', file])).exitCode, 0);
    assert.equal((await run(elsewhere, ['simulate', 'stop node1; wait 5s', '--snapshot', file])).exitCode, 0);
    assert.equal((await run(elsewhere, ['explain'])).exitCode, 4);
  });
});

const silentIo: Io = {
  out: () => undefined,
  err: () => undefined,
  isTerminal: false,
  hasColours: false,
  settle: () => undefined,
  width: () => 80,
  openScreen: () => assert.fail('nobody watches'),
  interrupted: () => new AbortController().signal,
};

async function written(folder: string): Promise<readonly string[]> {
  for (let round = 0; round < 400; round += 1) {
    try {
      const names = readdirSync(folder).filter((name) => name.endsWith('.jsonl'));
      if (names.length > 0) return names;
    } catch {
      // Not yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.fail(`nothing was written to ${folder}`);
}
