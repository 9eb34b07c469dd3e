import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type DurableGroup, newDurableGroup } from '../../src/core/durable.ts';
import { isSameOnDisk } from '../../src/core/sameOnDisk.ts';

const group = newDurableGroup('site', 0);

describe('what the disk holds of a group', () => {
  it('is the same when its values are, whichever objects hold them', () => {
    assert.ok(isSameOnDisk(structuredClone(group), group));
  });

  it('differs as soon as one field does', () => {
    for (const key of Object.keys(group) as (keyof DurableGroup)[]) {
      const changed = { ...group, [key]: key === 'ownerHeardWallMs' ? 60_000 : { another: 'value' } };
      assert.ok(!isSameOnDisk(changed, group), key);
    }
  });

  it('does not differ by when the owner was last heard, before a minute has passed', () => {
    assert.ok(isSameOnDisk({ ...group, ownerHeardWallMs: 59_999 }, group));
  });
});
