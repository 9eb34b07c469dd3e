import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { readWitnessFile } from '../../src/config/witnessFile.ts';
import { rightMs } from '../../src/core/lease.ts';
import { good, goodHaresources, goodYaml, load, problemsOf, render, warningsOf } from './fixtures.ts';

/** The site of the tests with stops that take what scripts really take. */
function withWitness(text: string, stop = '5s'): { readonly yaml: string } {
  const zeo = `  zeo: { data: copied, maxLag: 15m, resources: { zeo: { stop: ${stop} }, syncer: { stop: 2s } } }\n`;
  return { yaml: `${goodYaml.replace(/ {2}zeo: .*\n/, zeo)}guards: { witness: ${text} }\n` };
}

suite('guards: witness', () => {
  test('needs an address and nothing else', () => {
    const { witness } = good(withWitness('{ address: 10.0.0.9 }', '2s')).guards;
    assert.deepEqual(witness, {
      address: '10.0.0.9',
      port: 695,
      leaseMs: 15_000,
      renewMs: 1_500,
      timeoutMs: 1_000,
      stopMs: 3_000,
    });
  });

  test('has a lease that is long enough for the stops and for deadtime, where the file says nothing', () => {
    const { witness } = good(withWitness('{ address: 10.0.0.9 }', '40s')).guards;
    assert.ok(witness !== undefined);
    assert.equal(witness.stopMs, 41_000);
    assert.ok(rightMs(witness) > 10_000, 'an owner whose peer is heard never stops');
    assert.ok(rightMs(witness) > witness.renewMs + 2 * witness.timeoutMs);
    assert.ok(rightMs(witness) < 12_000, 'and it is no longer than that');
  });

  test('warns where a takeover waits for long, and says for what', () => {
    const [warning, ...more] = warningsOf(withWitness('{ address: 10.0.0.9 }', '60s'));
    assert.deepEqual(more, []);
    assert.match(
      warning ?? '',
      /^twinbeat\.yaml:12:\d+: a takeover waits 7\ds? ?.*because the stops of group zeo may take 61 s$/,
    );
  });

  test('refuses a lease that ends before an owner can have stopped, with the numbers and a caret', () => {
    const texts = withWitness('{ address: 10.0.0.9, lease: 15s }', '10s');
    const loaded = load(texts);
    assert.ok(!loaded.ok);
    const [problem] = loaded.problems;
    assert.ok(problem !== undefined);
    const shown = render(problem, texts);
    assert.match(
      shown,
      /guards\.witness\.lease: 15s is too short: an owner begins to stop 3\.9\d s after it was last granted/,
    );
    assert.match(
      shown,
      /11 s for the stops of group zeo and 65 ms for clocks come off; that is not more than deadtime \(10 s\)/,
    );
    assert.match(shown, /lease: 22s, or shorter stop timeouts/);
    assert.match(shown, /^ +\^/m);
  });

  const refusals: ReadonlyArray<{ readonly name: string; readonly text: string; readonly says: RegExp }> = [
    { name: 'a name for an address', text: '{ address: witness.example }', says: /names are not looked up/ },
    { name: 'a port in the address', text: '{ address: "10.0.0.9:700" }', says: /the port stands beside the address/ },
    {
      name: 'one of the two nodes',
      text: '{ address: 192.168.1.11 }',
      says: /is node2's own, on channel lan: a witness that dies/,
    },
    { name: 'a lease of a day', text: '{ address: 10.0.0.9, lease: 24h }', says: /24h is longer than an hour/ },
    {
      name: 'a lease without a unit',
      text: '{ address: 10.0.0.9, lease: 15 }',
      says: /write a duration with its unit/,
    },
    {
      name: 'an unknown key',
      text: '{ address: 10.0.0.9, leese: 15s }',
      says: /unknown key "leese"; did you mean "lease"/,
    },
    { name: 'no address', text: '{ lease: 15s }', says: /guards\.witness\.address is missing/ },
  ];
  for (const { name, text, says } of refusals) {
    test(`refuses ${name}`, () => assert.match(problemsOf(withWitness(text, '2s')).join('\n'), says));
  }

  test('says where witness stands to whoever writes it at the top', () => {
    assert.match(problemsOf({ yaml: `${goodYaml}witness: 10.0.0.9\n` }).join(), /witness stands below guards/);
  });

  test('judges the stops of the slowest group, and those of addresses by what the kernel takes', () => {
    const haresources = `${goodHaresources}node2 192.168.1.51/24/eth0\n`;
    assert.equal(good({ ...withWitness('{ address: 10.0.0.9 }', '2s'), haresources }).guards.witness?.stopMs, 3_000);
  });
});

suite('witness.yaml', () => {
  const file = 'witness.yaml';
  const text = 'clusters:\n  plone: { nodes: [node1, node2], authkeys: plone.authkeys }\n';
  const problems = (changed: string): string => {
    const read = readWitnessFile({ file, text: changed });
    assert.ok(!read.ok);
    return read.problems.map(({ line, column, message }) => `${line}:${column}: ${message}`).join('\n');
  };

  test('names the pairs, and listens everywhere on port 695 unless it says otherwise', () => {
    assert.deepEqual(readWitnessFile({ file, text }), {
      ok: true,
      config: {
        address: undefined,
        port: 695,
        clusters: [{ name: 'plone', nodes: ['node1', 'node2'], authkeys: 'plone.authkeys' }],
      },
    });
    const read = readWitnessFile({ file, text: `address: 10.0.0.9\nport: 6950\n${text}` });
    assert.ok(read.ok);
    assert.deepEqual([read.config.address, read.config.port], ['10.0.0.9', 6950]);
  });

  test('is refused with the place of what is wrong', () => {
    assert.match(problems('clusters: {}\n'), /^1:11: clusters: there is none/);
    assert.match(problems(''), /the file is no map/);
    assert.match(problems(`adress: 10.0.0.9\n${text}`), /^1:1: unknown key "adress"; did you mean "address"/);
    assert.match(
      problems(text.replace('node2', 'node1')),
      /^2:27: clusters\.plone\.nodes: the two nodes need two names/,
    );
    assert.match(problems(`address: witness.example\n${text}`), /^1:10: address: write an IP address/);
    assert.match(problems(text.replace('authkeys: plone.authkeys', '')), /authkeys is missing/);
    assert.match(problems(text.replace(', node2', '')), /a pair has exactly two nodes/);
    assert.match(problems(`${text}  "../x": { nodes: [a, b], authkeys: x }\n`), /^3:11: clusters/);
    assert.match(problems('clusters: [\n'), /^\d+:\d+: /);
    assert.match(problems('\u0000'), /./);
  });
});
