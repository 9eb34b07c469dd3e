import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { hactl } from '../../src/cli/hactl.ts';
import { loadConfig } from '../../src/config/loadConfig.ts';
import { armedReasons } from '../../src/core/beat.ts';
import { rules } from '../../src/core/rules.ts';
import { rejections } from '../../src/wire/beatCodec.ts';
import { sources } from '../tidy/sources.ts';

const pages = sources(/\.md$/).filter(({ path }) => path === 'README.md' || /^docs\/(manual\/|[a-z]+\.md$)/.test(path));
const troubleshooting = page('docs/manual/troubleshooting.md');
const empty = mkdtempSync(join(tmpdir(), 'twinbeat-docs-'));
after(() => rmSync(empty, { recursive: true }));

suite('the manual', () => {
  test('says what to do about every rule that begins nothing', () => {
    const still = rules.filter(({ want }) =>
      ['hold', 'wait', 'askWitness', 'handsOff', 'dropAddresses'].includes(want),
    );
    assert(still.length > 10);
    // Of these nothing is to be done, and the split has a chapter of its own.
    const silent = ['contest-open', 'peer-stopping', 'unconfirmed'];
    for (const { id } of still) if (!silent.includes(id)) assert.match(troubleshooting, new RegExp(`\`${id}\``), id);
  });

  test('says what to do about every reason why a node is not armed', () => {
    for (const reason of armedReasons)
      if (reason !== 'armed') assert.match(troubleshooting, new RegExp(`\`${reason}\``), reason);
  });

  test('says what to do about every warning of the daemon', () => {
    const code = page('src/daemon/statusWarnings.ts');
    const ids = [...code.matchAll(/id: '([a-z-]+)'/g)].map((match) => match[1] ?? '');
    assert(ids.length > 8);
    for (const id of ids) assert.match(troubleshooting, new RegExp(`\`${id}\``), id);
  });

  test('names only reasons that a packet can be refused for', () => {
    const named = [...troubleshooting.matchAll(/not believed: N ([a-z-]+)/g)].map((match) => match[1] ?? '');
    assert(named.length > 3);
    for (const reason of named)
      assert(
        rejections.some((known) => known === reason),
        reason,
      );
  });

  test('shows configurations that are accepted', () => {
    const examples = pages.flatMap(({ path, text }) =>
      [...text.matchAll(/```yaml\n([^]*?)```/g)].map((match) => ({ path, yaml: match[1] ?? '' })),
    );
    const whole = examples.filter(({ yaml }) => /^cluster:/m.test(yaml));
    assert(whole.length >= 2);
    for (const { path, yaml } of whole) {
      const loaded = loadConfig({
        yaml: { file: path, text: yaml },
        haresources: { file: 'haresources', text: 'node1 192.168.1.50/24/eth0 zeo::a\n' },
        authkeys: undefined,
      });
      assert(loaded.ok, JSON.stringify(loaded));
    }
  });

  test('shows only command lines of hactl that are understood', async () => {
    const lines = pages.flatMap(({ path, text }) => commandsIn(text).map((line) => ({ path, line })));
    assert(lines.length > 40, `${lines.length} command lines`);
    for (const { path, line } of lines) {
      const exitCode = await typed(line);
      assert.notEqual(exitCode, 2, `${path}: ${line}`);
    }
  });
});

/** Lines of shell, and commands within sentences and tables. */
function commandsIn(text: string): readonly string[] {
  const shell = [...text.matchAll(/```sh\n([^]*?)```/g)].flatMap((match) => (match[1] ?? '').split('\n'));
  const inline = [...text.replaceAll(/```[^]*?```/g, '').matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '');
  return [...shell, ...inline].flatMap((line) => {
    const command = /^(?:sudo |bin\/|npm run (?:-s )?lab exec \w+ -- )*(hactl [a-z].*)$/.exec(line.trim())?.[1];
    return command === undefined || /[…|<[]|\bVERB\b/.test(command.replace(/\s+(#|\|).*$/, ''))
      ? []
      : [command.replace(/\s+(#|\||;).*$/, '')];
  });
}

/** As far as the command line is checked: no daemon is there, and nothing is written. */
async function typed(line: string): Promise<number> {
  const [, verb, ...rest] = (line.match(/'[^']*'|\S+/g) ?? []).map((word) => word.replaceAll("'", ''));
  // Shown in sentences without what must follow.
  const needs: Readonly<Record<string, readonly string[]>> = {
    'confirm-dead': ['node1', '--reason', 'x'],
    'confirm-stopped': ['site', '--reason', 'x'],
    maintenance: ['site'],
    'sync-begin': ['site'],
    'why-not': ['node1'],
    simulate: ['wait 1s'],
    plan: ['stop'],
    'sync-end': ['site'],
  };
  const isShort = rest.every((word) => word.startsWith('--force') || word === 'on' || word === 'off');
  const words = isShort ? [...rest, ...(needs[verb ?? ''] ?? [])] : rest;
  if (verb === 'init' || verb === 'keys' || verb === 'config') return 0;
  const asked = verb === 'resource' && words.length === 1 ? [...words, 'site', 'zeo'] : words;
  const files = ['--socket', join(empty, 'control.sock'), '--config', join(empty, 'twinbeat.yaml')];
  return hactl([...files, verb ?? '', ...asked], {
    out: () => undefined,
    err: () => undefined,
    isTerminal: false,
    hasColours: false,
    settle: () => undefined,
    width: () => 80,
    openScreen: () => assert.fail('this is no terminal'),
    interrupted: () => AbortSignal.abort(),
  });
}

function page(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
}
