import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import { fakeHead, folder, run } from './fakeHead.ts';
import { allWell, site } from './reports.ts';

const shells = ['bash', 'zsh', 'fish'] as const;
const groups = [
  site({
    name: 'web',
    resources: [
      { name: '192.168.1.50/24/eth0', state: 'running' },
      { name: 'nginx::a', state: 'running' },
      { name: 'nginx::b', state: 'running' },
    ],
  }),
  site(),
];

suite('hactl completion', () => {
  test('of each shell knows every verb and every option', async (t) => {
    const help = await run(folder(t), ['help']);
    const verbs = [...help.out.matchAll(/^ {2}([a-z][a-z-]*)/gm)].map((match) => match[1] ?? '');
    assert(verbs.length > 15);
    for (const shell of shells) {
      const { exitCode, out } = await run(folder(t), ['completion', shell]);
      assert.equal(exitCode, 0);
      for (const verb of verbs) assert.match(out, new RegExp(`\\b${verb}\\b`), `${shell}: ${verb}`);
      for (const option of ['dry-run', 'rewrites', 'follow', 'socket']) assert.match(out, new RegExp(option));
      assert.doesNotMatch(out, /complete-?names|undefined/);
    }
  });

  test('as JSON has the script as text', async (t) => {
    const { out } = await run(folder(t), ['completion', 'fish', '--json']);
    const { shell, script } = JSON.parse(out) as { shell: string; script: string };
    assert.equal(shell, 'fish');
    assert.match(script, /^# fish completion/);
  });

  for (const shell of ['zsh', 'fish'] as const) {
    test(`of ${shell} is accepted by ${shell}`, async (t) => {
      if (spawnSync(shell, ['--version']).error !== undefined) {
        if (process.env['CI'] === 'true') assert.fail(`${shell} is not installed: apt-get install ${shell}`);
        t.skip(`${shell} is not installed: apt-get install ${shell}`);
        return;
      }
      const file = join(folder(t), 'script');
      writeFileSync(file, (await run(folder(t), ['completion', shell])).out);
      const { status, stderr } = spawnSync(shell, ['-n', file], { encoding: 'utf8' });
      assert.equal(status, 0, stderr);
    });
  }
});

suite('the completion of bash', () => {
  test('runs nothing that stands in a name: bash expands what it offers', async (t) => {
    const file = join(folder(t), 'was-run');
    const names = [`thing::$(touch\${IFS}${file})`, `thing::\${HOME}`, 'thing::c'];
    const runDir = await serve(t, [
      site({ name: 'web', resources: names.map((name) => ({ name, state: 'running' })) }),
    ]);
    assert.deepEqual(await completedBy('hactl resource restart web ', runDir), ['thing::c']);
    assert.equal(existsSync(file), false);
  });

  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['hactl stat', ['status']],
    ['hactl --js', ['--json']],
    ['hactl --json ev', ['events']],
    ['hactl takeover --dr', ['--dry-run']],
    ['hactl takeover ', ['site', 'web']],
    ['hactl takeover site w', ['web']],
    ['hactl takeover --reason site s', ['site']],
    ['hactl takeover --reason s', []],
    ['hactl maintenance o', ['off', 'on']],
    ['hactl maintenance on ', ['site', 'web']],
    ['hactl confirm-dead ', ['node1', 'node2']],
    ['hactl resource re', ['restart']],
    ['hactl resource restart web ', ['192.168.1.50', 'nginx::a', 'nginx::b']],
    ['hactl completion z', ['zsh']],
    ['hactl status ', []],
  ];
  for (const [line, expected] of cases) {
    test(`offers for ${JSON.stringify(line)}: ${expected.join(' ') || 'nothing'}`, async (t) => {
      assert.deepEqual((await completed(t, line)).toSorted(), expected);
    });
  }

  test('offers verbs and no names where no daemon answers', async (t) => {
    assert.deepEqual(await completed(t, 'hactl takeover ', 'no-daemon'), []);
    assert.deepEqual(await completed(t, 'hactl stand', 'no-daemon'), ['standby']);
  });
});

test('names never fails, and says nothing where no daemon answers', async (t) => {
  assert.deepEqual(await run(folder(t), ['names', 'groups']), { exitCode: 0, out: '', err: '' });
  const runDir = await serve(t);
  assert.equal((await run(runDir, ['names', 'nodes'])).out, 'node1\nnode2');
  assert.equal((await run(runDir, ['names', 'resources', 'nowhere'])).out, '');
  assert.equal((await run(runDir, ['names', 'groups', '--json'])).out, '["web","site"]');
});

/** What bash offers for a line: its function is called as the shell does, with a `hactl` that knows some names. */
async function completed(
  t: TestContext,
  line: string,
  daemon: 'daemon' | 'no-daemon' = 'daemon',
): Promise<readonly string[]> {
  return completedBy(line, daemon === 'daemon' ? await serve(t) : folder(t));
}

async function completedBy(line: string, runDir: string): Promise<readonly string[]> {
  const script = (await run(runDir, ['completion', 'bash'])).out;
  const names = new Map<string, string>();
  for (const words of [['groups'], ['nodes'], ['resources', 'web']]) {
    names.set(words.join(' '), (await run(runDir, ['names', ...words])).out);
  }
  const cases = [...names].map(([words, out]) => `'names ${words}') printf '%s\\n' '${out}' ;;`).join('\n');
  const ask = `
hactl() { shift 2; case "$*" in
${cases}
esac; }
${script}
read -ra COMP_WORDS <<<'${line}'
[[ '${line}' == *' ' ]] && COMP_WORDS+=('')
COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
_hactl
printf '%s\\n' "\${COMPREPLY[@]}"
`;
  const { status, stdout, stderr } = spawnSync('bash', ['--norc', '-c', ask], { encoding: 'utf8' });
  assert.equal(stderr, '');
  assert.equal(status, 0);
  return stdout.split('\n').filter((word) => word !== '');
}

function serve(t: TestContext, served = groups): Promise<string> {
  return fakeHead(t, (_request, reply) => {
    reply.line({ type: 'status', status: { ...allWell, groups: served } });
    reply.end();
  });
}
