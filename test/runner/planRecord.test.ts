import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { PlanRecord } from '../../src/runner/planRecord.ts';

const plan = { self: 'node1', peer: 'node2', groups: [] };

suite('the last config that the runner has read', () => {
  const parent = mkdtempSync(join(tmpdir(), 'twinbeat-plan-'));
  const folder = join(parent, 'plan');
  const problems: string[] = [];
  const recordIn = (bootId: string): PlanRecord => new PlanRecord(folder, bootId, (problem) => problems.push(problem));

  test('is found again in the same boot, and not in the next', (context) => {
    context.after(() => rmSync(folder, { recursive: true, force: true }));
    recordIn('boot1').write(plan);
    assert.deepEqual(recordIn('boot1').read(), plan);
    assert.equal(recordIn('boot2').read(), undefined);
    assert.deepEqual(problems, []);
  });

  test('is neither written nor believed where others may write', (context) => {
    context.after(() => rmSync(parent, { recursive: true, force: true }));
    mkdirSync(folder);
    chmodSync(folder, 0o777);
    writeFileSync(join(folder, 'last.json'), JSON.stringify({ format: 1, bootId: 'boot1', plan }));
    assert.equal(recordIn('boot1').read(), undefined);
    recordIn('boot1').write({ ...plan, self: 'node2' });
    assert.match(problems.join(), /plan is another user's, or others may write there: remove it/);
    assert.deepEqual(readdirSync(folder), ['last.json']);
  });

  test('does not end the runner where it cannot be written', (context) => {
    context.after(() => rmSync(parent, { recursive: true, force: true }));
    mkdirSync(parent, { recursive: true });
    writeFileSync(folder, 'no folder');
    problems.length = 0;
    recordIn('boot1').write(plan);
    assert.equal(problems.length, 1);
    assert.equal(recordIn('boot1').read(), undefined);
  });
});
