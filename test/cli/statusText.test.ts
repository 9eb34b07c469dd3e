import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import * as fc from 'fast-check';
import { exitCodeOf } from '../../src/cli/status/place.ts';
import { statusText } from '../../src/cli/status/statusText.ts';
import { widthOf } from '../../src/cli/text/layout.ts';
import { paintFor } from '../../src/cli/text/paint.ts';
import type { StatusReport } from '../../src/control/controlProtocol.ts';
import { allWell, other, self, site } from './reports.ts';
import { situations } from './situations.ts';

process.env['TZ'] = 'UTC';

const folder = new URL('golden/', import.meta.url);
const plain = { width: 80, paint: paintFor(false) };

suite('hactl status', () => {
  for (const [name, { report, exitCode }] of Object.entries(situations)) {
    test(`reads as in golden/${name}.txt and ends with ${exitCode}`, () => {
      const text = `${statusText(report, plain)}\n`;
      const file = new URL(`${name}.txt`, folder);
      if (process.env['TWINBEAT_REWRITE'] !== undefined) {
        mkdirSync(folder, { recursive: true });
        writeFileSync(file, text);
      }
      assert.equal(text, readFileSync(file, 'utf8'));
      assert.equal(exitCodeOf(report), exitCode);
    });

    test(`stays within the terminal, steers it nowhere, and says the same in colour: ${name}`, () => {
      for (const width of [40, 80, 100]) {
        const text = statusText(report, { ...plain, width });
        for (const line of text.split('\n')) {
          assert(widthOf(line) <= width, `${widthOf(line)} columns of ${width}: ${line}`);
          assert.doesNotMatch(line, /[\p{Cc}\p{Cs}\u202a-\u202e]/u);
        }
        assert.equal(stripVTControlCharacters(statusText(report, { width, paint: paintFor(true) })), text);
      }
    });
  }

  test('what deviates stands above the facts, with what to type next', () => {
    const lines = statusText(situations['recovery-required']!.report, plain).split('\n');
    const concern = lines.findIndex((line) => line.includes('recovery required'));
    assert(concern > 0 && concern < lines.indexOf('GROUPS'));
    assert.match(
      lines.slice(concern, lines.indexOf('GROUPS')).join('\n'),
      /next: bring the copy up to date with a sync, or copy by hand and run\s+hactl takeover site --force --reason TEXT/,
    );
  });

  test('the worst stands first', () => {
    const resources = [{ name: 'zeo::instance0', state: 'failed' }] as const;
    const nodes = { node1: self('online'), node2: other('left', 5000) };
    const text = statusText({ ...allWell, nodes, groups: [site({ resources })] }, plain);
    assert.deepEqual(text.match(/^(!!| !) {2}\S+/gm), ['!!  zeo::instance0', ' !  node2']);
  });

  test('a warning of the daemon takes the place of what hactl would say about the same', () => {
    const warnings = [{ id: 'jeopardy', sentence: 'only serial is left', next: 'mend the cables' }];
    const text = statusText({ ...allWell, jeopardy: true, warnings }, plain);
    assert.match(text, /only serial is left/);
    assert.doesNotMatch(text, /one usable medium/);
  });
});

suite('the exit code of hactl status', () => {
  const mirrored = (report: StatusReport): StatusReport => ({
    ...report,
    node: 'node2',
    nodes: { node1: other('online', 100), node2: self('online') },
    groups: report.groups.map((group) => ({ ...group, role: group.peerRole ?? 'standby', peerRole: group.role })),
  });
  const roles = ['standby', 'claiming', 'starting', 'active', 'unconfirmed', 'stopping', 'released', 'failed'];

  test('is the same whichever node is asked, for every pair of roles', () => {
    for (const role of roles) {
      for (const peerRole of roles) {
        const report = { ...allWell, groups: [site({ role, peerRole })] };
        assert.equal(exitCodeOf(report), exitCodeOf(mirrored(report)), `${role} and ${peerRole}`);
        const isOnce = (role === 'active') !== (peerRole === 'active');
        assert.equal(exitCodeOf(report), isOnce ? 0 : 3, `${role} and ${peerRole}`);
      }
    }
  });

  test('is 3 when a node is in any state but online', () => {
    for (const state of ['suspect', 'silent', 'left', 'dead', 'starting'] as const) {
      assert.equal(exitCodeOf({ ...allWell, nodes: { node1: self('online'), node2: other(state, 100) } }), 3, state);
      assert.equal(exitCodeOf({ ...allWell, nodes: { node1: self(state), node2: other('online', 100) } }), 3, state);
    }
    assert.equal(exitCodeOf({ ...allWell, nodes: { node1: self('online') } }), 3, 'one node is no pair');
  });
});

test('no status, however odd, makes the printer throw or write beyond the width', () => {
  const word = fc.oneof(fc.constantFrom('active', 'node1', 'silent', '', '__proto__'), fc.string({ unit: 'binary' }));
  const odd = fc.record({
    node: word,
    at: word,
    role: word,
    since: word,
    name: word,
    sentence: word,
    next: word,
    ago: fc.oneof(fc.constant(null), fc.double({ noNaN: true, noDefaultInfinity: true })),
  });
  fc.assert(
    fc.property(odd, ({ node, at, role, since, name, sentence, next, ago }) => {
      const report: StatusReport = {
        ...allWell,
        node,
        at,
        nodes: { [node]: self('online'), [name]: other(role as never, ago) },
        groups: [site({ name, role, peerRole: role, since, because: { rule: role, sentence } })],
        warnings: [{ id: name, sentence, next }],
      };
      for (const line of statusText(report, plain).split('\n')) assert(widthOf(line) <= 80, line);
    }),
  );
});
