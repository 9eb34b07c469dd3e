import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FencePlan, FencePlanLevel, PlannedFence } from '../../src/config/fencePlan.ts';
import type { FenceOutcome, FenceTestOutcome } from '../../src/core/fenceOutcome.ts';
import { Fencing } from '../../src/runner/fencing.ts';

/** A runner's fence with pretended agents: programs in a folder of its own that write down what they are told. */
class Bench {
  readonly folder: string;
  readonly problems: string[] = [];
  readonly fencing: Fencing;
  levels: readonly FencePlanLevel[] = [];
  #count = 0;
  readonly #fenced = new Map<string, (outcome: FenceOutcome) => void>();
  readonly #tested = new Map<string, (outcome: FenceTestOutcome) => void>();

  constructor(t: TestContext) {
    this.folder = mkdtempSync(join(tmpdir(), 'twinbeat-fence-'));
    t.after(() => rmSync(this.folder, { recursive: true, force: true }));
    mkdirSync(join(this.folder, 'output'));
    this.fencing = new Fencing({
      outputFolder: join(this.folder, 'output'),
      agentFolders: [this.folder],
      currentPlan: () => ({ self: 'node1', fence: this.plan() }),
      onFenced: (fence, outcome) => this.#fenced.get(fence)?.(outcome),
      onTested: (fence, outcome) => this.#tested.get(fence)?.(outcome),
      onProblem: (sentence) => void this.problems.push(sentence),
    });
  }

  plan(): FencePlan {
    return { target: 'node2', levels: this.levels };
  }

  /** `body` runs with the action in `$action`; what came on stdin is in `NAME.said`. */
  agent(name: string, body: string, mode = 0o755): PlannedFence {
    const said = join(this.folder, `${name}.said`);
    const script = `#!/bin/sh\ntext=$(cat)\nprintf '%s\\n--\\n' "$text" >>${said}\naction=$(printf '%s' "$text" | sed -n 's/^action=//p')\n${body}\n`;
    writeFileSync(join(this.folder, name), script, { mode });
    return { kind: 'agent', name, agent: name, action: 'off', timeoutMs: 5_000, options: { plug: '7' } };
  }

  said(name: string): string {
    const file = join(this.folder, `${name}.said`);
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  }

  actions(name: string): readonly string[] {
    return [...this.said(name).matchAll(/^action=(.*)$/gm)].map(([, action = '']) => action);
  }

  fence(devices: readonly PlannedFence[], id = this.#nextId()): Promise<FenceOutcome> {
    if (devices.length > 0) this.levels = [{ kind: 'devices', devices }];
    return new Promise((resolve) => {
      this.#fenced.set(id, resolve);
      this.fencing.fence(id);
    });
  }

  test(): Promise<FenceTestOutcome> {
    const id = this.#nextId();
    return new Promise((resolve) => {
      this.#tested.set(id, resolve);
      this.fencing.test(id);
    });
  }

  #nextId(): string {
    this.#count += 1;
    return `fence-${this.#count}`;
  }
}

/** Keeps the state of a plug in a file. */
const plug = (file: string): string => `case $action in
  off) echo off >${file};;
  on) echo on >${file};;
  status) grep -q off ${file} 2>/dev/null && exit 2; exit 0;;
esac
exit 0`;

suite('a fence agent', () => {
  test('is told on its standard input what to do, and asked afterwards whether the plug is off', async (t) => {
    const bench = new Bench(t);
    const agent = bench.agent('fence_good', plug(join(bench.folder, 'plug')));
    assert.deepEqual(await bench.fence([agent]), { kind: 'off', by: 'fence_good' });
    assert.deepEqual(bench.actions('fence_good'), ['off', 'status']);
    assert.match(bench.said('fence_good'), /^nodename=node2\nplug=7\naction=off\n--/);
  });

  test('that reboots is told to switch on again, when the machine is known to be off', async (t) => {
    const bench = new Bench(t);
    const agent = { ...bench.agent('fence_good', plug(join(bench.folder, 'plug'))), action: 'reboot' } as const;
    assert.equal((await bench.fence([agent])).kind, 'off');
    for (let waited = 0; waited < 100 && bench.actions('fence_good').length < 3; waited += 1) await sleep(50);
    assert.deepEqual(bench.actions('fence_good'), ['off', 'status', 'on']);
  });

  test('whose status says on has not fenced, whatever it returned', async (t) => {
    const bench = new Bench(t);
    const outcome = await bench.fence([bench.agent('fence_liar', 'exit 0')]);
    assert(outcome.kind === 'failed');
    assert.match(outcome.detail, /said that it switched it off, and the machine is on/);
  });

  test('whose status says off has fenced, although switching failed: the machine was off already', async (t) => {
    const bench = new Bench(t);
    const agent = bench.agent('fence_off', 'test $action = status && exit 2; echo "already off" >&2; exit 1');
    assert.equal((await bench.fence([agent])).kind, 'off');
  });

  test('that cannot even be read has fenced nothing, although its status ends as that of a machine that is off', async (t) => {
    const bench = new Bench(t);
    const broken = await bench.fence([bench.agent('fence_broken', 'case $action in')]);
    assert(broken.kind === 'failed');
    assert.match(broken.detail, /^fence_broken: exit code 2: .*[Ss]yntax error.*; its status ends with 2 too/);
    const deaf = await bench.fence([bench.agent('fence_deaf', 'echo "unknown option plug" >&2; exit 2')]);
    const why = 'fence_deaf: exit code 2: unknown option plug; its status ends with 2 too, which proves nothing';
    assert.deepEqual(deaf, { kind: 'failed', detail: why });
  });

  test('that cannot tell the state is believed by its exit code', async (t) => {
    const bench = new Bench(t);
    assert.equal((await bench.fence([bench.agent('fence_blind', 'test $action = off')])).kind, 'off');
    const failing = await bench.fence([bench.agent('fence_no', 'echo "Unable to connect" >&2; exit 1')]);
    assert.deepEqual(failing, { kind: 'failed', detail: 'fence_no: exit code 1: Unable to connect' });
  });

  test('that is missing or not executable is named', async (t) => {
    const bench = new Bench(t);
    const missing: PlannedFence = {
      ...bench.agent('fence_x', ''),
      kind: 'agent',
      agent: 'fence_gone',
      name: 'gone',
      options: {},
    };
    const first = await bench.fence([missing]);
    assert(first.kind === 'failed');
    assert.match(first.detail, /gone: no executable fence_gone in .*fence-agents/);
    const plain = await bench.fence([bench.agent('fence_plain', 'exit 0', 0o644)]);
    assert(plain.kind === 'failed');
    assert.match(plain.detail, /no executable fence_plain/);
  });

  test('that hangs is ended with everything it started, and has failed', async (t) => {
    const bench = new Bench(t);
    const pidFile = join(bench.folder, 'pid');
    const agent = bench.agent('fence_hangs', `test $action = off || exit 1\nsleep 300 & echo $! >${pidFile}\nwait`);
    const outcome = await bench.fence([{ ...agent, timeoutMs: 300 }]);
    assert(outcome.kind === 'failed');
    assert.match(outcome.detail, /took longer than 300 ms and was ended/);
    assert.throws(() => process.kill(Number(readFileSync(pidFile, 'utf8')), 0));
  });

  test('that talks without end, in NULs and escapes, costs a short sentence', async (t) => {
    const bench = new Bench(t);
    const noise = "head -c 5000000 /dev/zero; printf '\\n\\033[2J\\000\\007evil\\342\\200\\256 %0900d' 7; exit 1";
    const outcome = await bench.fence([bench.agent('fence_noise', noise)]);
    assert(outcome.kind === 'failed');
    assert(outcome.detail.length < 500, `${outcome.detail.length} characters`);
    assert.doesNotMatch(outcome.detail, /[\p{Cc}\p{Cf}]/u);
    const endless = await bench.fence([
      { ...bench.agent('fence_endless', 'test $action = off || exit 1\nwhile :; do echo yes; done'), timeoutMs: 500 },
    ]);
    assert.equal(endless.kind, 'failed');
  });

  test('that prints its password is not quoted with it', async (t) => {
    const bench = new Bench(t);
    const agent = bench.agent('fence_leak', 'printf "%s" "$text" | tr "\\n" " " >&2; exit 1');
    const outcome = await bench.fence([
      { ...agent, kind: 'agent', agent: 'fence_leak', options: { passwd: 'hush-hush', ip: '10.0.0.1' } },
    ]);
    assert(outcome.kind === 'failed');
    assert.match(outcome.detail, /passwd=\*\*\*.*/);
    assert.doesNotMatch(outcome.detail, /hush/);
    assert.doesNotMatch(bench.problems.join('\n'), /hush/);
  });
});

suite('a command as a fence', () => {
  const command = (bench: Bench, script: string, verify?: string): PlannedFence => {
    const write = (name: string, body: string): string => {
      const path = join(bench.folder, name);
      writeFileSync(path, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
      return path;
    };
    return {
      kind: 'command',
      name: 'by hand',
      action: 'off',
      timeoutMs: 5_000,
      command: [write('off', script), '{node}', '{action}', '; touch evil'],
      verify: verify === undefined ? undefined : [write('verify', verify), '{node}'],
    };
  };

  test('gets the node and the action as arguments and in its environment, and no shell sees them', async (t) => {
    const bench = new Bench(t);
    const out = join(bench.folder, 'told');
    const device = command(bench, `printf '%s\\n' "$@" "$TWINBEAT_FENCE_NODE" "$TWINBEAT_FENCE_ACTION" >${out}`);
    assert.deepEqual(await bench.fence([device]), { kind: 'off', by: 'by hand' });
    assert.equal(readFileSync(out, 'utf8'), 'node2\noff\n; touch evil\nnode2\noff\n');
  });

  test('counts only when its verify agrees', async (t) => {
    const bench = new Bench(t);
    assert.equal((await bench.fence([command(bench, 'exit 0', 'exit 0')])).kind, 'off');
    assert.equal((await bench.fence([command(bench, 'exit 3', 'exit 1')])).kind, 'failed');
    assert.equal((await bench.fence([command(bench, 'exit 0', 'exit 1')])).kind, 'failed');
  });
});

suite('levels', () => {
  test('are tried in order, and the one that worked is named', async (t) => {
    const bench = new Bench(t);
    bench.levels = [
      { kind: 'devices', devices: [bench.agent('fence_a', 'exit 1')] },
      { kind: 'devices', devices: [bench.agent('fence_b', plug(join(bench.folder, 'plug')))] },
    ];
    assert.deepEqual(await bench.fence([]), { kind: 'off', by: 'fence_b (level 2)' });
    assert.match(bench.problems.join('\n'), /level 1 of the fence failed: fence_a/);
  });

  test('with two devices need both', async (t) => {
    const bench = new Bench(t);
    const good = bench.agent('fence_a', plug(join(bench.folder, 'plug')));
    const outcome = await bench.fence([good, bench.agent('fence_b', 'exit 1')]);
    assert.deepEqual(outcome, { kind: 'failed', detail: 'fence_b: exit code 1' });
    const both = await bench.fence([good, bench.agent('fence_c', plug(join(bench.folder, 'other')))]);
    assert.deepEqual(both, { kind: 'off', by: 'fence_a and fence_c' });
  });

  test('that end with meatware wait for a person, and say what failed before', async (t) => {
    const bench = new Bench(t);
    bench.levels = [{ kind: 'devices', devices: [bench.agent('fence_a', 'exit 1')] }, { kind: 'person' }];
    assert.deepEqual(await bench.fence([]), { kind: 'person', detail: 'fence_a: exit code 1; then meatware' });
  });

  test('without any have failed', async (t) => {
    const bench = new Bench(t);
    const outcome = await bench.fence([]);
    assert.equal(outcome.kind, 'failed');
  });

  test('are tried once for an order that is given twice, and two orders never at once', async (t) => {
    const bench = new Bench(t);
    const lock = join(bench.folder, 'lock');
    const agent = bench.agent(
      'fence_slow',
      `test $action = status && exit 2\nmkdir ${lock} || exit 9\nsleep 0.3\nrmdir ${lock}`,
    );
    const [first] = await Promise.all([bench.fence([agent], 'one'), bench.fence([agent], 'two')]);
    bench.fencing.fence('one');
    await sleep(100);
    assert.equal(first.kind, 'off');
    assert.deepEqual(bench.actions('fence_slow'), ['off', 'status', 'off', 'status']);
  });
});

suite('a test of the fence', () => {
  test('asks every device whether it answers, and switches nothing', async (t) => {
    const bench = new Bench(t);
    bench.levels = [
      { kind: 'devices', devices: [bench.agent('fence_a', 'exit 0'), bench.agent('fence_b', 'exit 0')] },
      { kind: 'person' },
    ];
    assert.deepEqual(await bench.test(), { kind: 'passed' });
    assert.deepEqual([...bench.actions('fence_a'), ...bench.actions('fence_b')], ['monitor', 'monitor']);
  });

  test('names each device that does not', async (t) => {
    const bench = new Bench(t);
    bench.levels = [
      { kind: 'devices', devices: [bench.agent('fence_a', 'exit 1'), bench.agent('fence_b', 'echo no; exit 1')] },
    ];
    assert.deepEqual(await bench.test(), {
      kind: 'failed',
      detail: 'fence_a: exit code 1; then fence_b: exit code 1: no',
    });
  });
});
