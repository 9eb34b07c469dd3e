import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manPages } from '../../docs/man/manPages.ts';
import { keysOf } from '../../docs/man/schemaKeys.ts';
import { processIo } from '../../src/cli/io.ts';
import { createProgram } from '../../src/cli/program.ts';

const pages = new Map(manPages('1.2.3').map(({ name, text }) => [name, text]));

test('hactl(8) names every verb that the help shows, with every option', () => {
  const page = plain('hactl');
  const program = createProgram(processIo(), () => undefined);
  const verbs = program.createHelp().visibleCommands(program);
  assert.ok(verbs.length > 10);
  for (const verb of verbs.filter((command) => command.name() !== 'help')) {
    assert.match(page, new RegExp(`^\\.SS ${verb.name()}( |$)`, 'm'));
    for (const { long } of verb.options) assert.ok(page.includes(long ?? '?'), `${verb.name()} ${long}`);
  }
});

test('twinbeat.yaml(5) describes every key of the schema, with its default', () => {
  const page = plain('twinbeat.yaml');
  for (const part of ['channels[]', 'timing', 'takeover', 'startup', 'groups.NAME'] as const) {
    const keys = keysOf(part);
    assert.ok(keys.length > 0, part);
    for (const { name, text, byDefault } of keys) {
      assert.ok(page.includes(name), name);
      assert.ok(text !== '' || byDefault !== undefined, `${name} has neither a sentence nor a default`);
    }
  }
  assert.match(page, /timing\.deadtime\n.*the peer is lost\. Default: 2s; 10s with copied data\./);
});

test('the pages of the daemons describe every flag of their usage', () => {
  for (const flag of ['--config FILE', '--observer', '--no-runner']) assert.ok(plain('twinbeatd').includes(flag), flag);
  for (const flag of ['--resource-dir DIR', '--socket-user NAME']) {
    assert.ok(plain('twinbeat-runner').includes(flag), flag);
  }
});

test('no page has a line that man would take for a request, or a mark of Markdown', () => {
  const requests = /^\.(TH|SH|SS|PP|TP|RS|RE|nf|fi|nh|ad)\b/;
  for (const [name, text] of pages) {
    for (const line of text.split('\n')) {
      assert.ok(!/^['.]/.test(line) || requests.test(line), `${name}: ${line}`);
      assert.ok(!/^[^.].*`/.test(line) || /\\\\|#/.test(line), `${name}: ${line}`);
    }
    assert.match(text, /^\.TH [A-Z.-]+ [58] "" "Twinbeat 1\.2\.3"/);
  }
});

/** Without what makes words bold, and hyphens that can be copied. */
function plain(name: string): string {
  return (pages.get(name) ?? '').replaceAll(/\\f[BR]/g, '').replaceAll('\\-', '-');
}
