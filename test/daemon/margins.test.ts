import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BeatMargins } from '../../src/adapters/beatMargins.ts';
import { marginsReport, noteMargins } from '../../src/daemon/margins.ts';
import { activeNode } from '../core/testNode.ts';

test('a beat that proves life is measured once, on the channel by which it came first', () => {
  const margins = new BeatMargins();
  const node = activeNode();
  for (let round = 0; round < 10; round += 1) {
    node.advance(300);
    const before = node.state;
    node.hear([{}], {}, [1]);
    noteMargins(margins, 1, { before, after: node.state, atMs: node.atMs });
    const again = node.state;
    node.hear([{}], { sequence: 1 }, [0]);
    noteMargins(margins, 0, { before: again, after: node.state, atMs: node.atMs });
  }
  const { silenceMs, overdue, echoMs } = marginsReport(margins, node.state.config);
  assert.equal(silenceMs?.count, 10);
  assert((silenceMs?.max ?? 0) >= 290, JSON.stringify(silenceMs));
  assert.equal(overdue, 0);
  assert.deepEqual(Object.keys(echoMs ?? {}), ['cross']);
  assert.deepEqual(marginsReport(new BeatMargins(), node.state.config), {});
});

test('after a reload with other channels none is shown with what was measured on the one that had its number', () => {
  const margins = new BeatMargins();
  const node = activeNode();
  const hear = (channel: number): void => {
    node.advance(300);
    const before = node.state;
    node.hear([{}], {}, [channel]);
    noteMargins(margins, channel, { before, after: node.state, atMs: node.atMs });
  };
  hear(1);
  const { config } = node.state;
  node.happen({ type: 'configChanged', config: { ...config, channels: config.channels.toReversed() } });
  hear(0);
  assert.deepEqual(Object.keys(marginsReport(margins, node.state.config).echoMs ?? {}), ['cross']);
});
