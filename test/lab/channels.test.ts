import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { nowMs } from '../../lab/clock.ts';
import { ownLab } from '../../lab/forTest.ts';
import { programArgv } from '../../lab/namespaces.ts';
import { calm, calmDeadMs, LabPair } from '../../lab/pair.ts';
import { crossAddress, crossDevice, lanAddress, lanDevice, nodeNames, serialDevice } from '../../lab/topology.ts';
import type { PairConfig } from '../../lab/twinbeat.ts';
import type { StatusReport } from '../../src/control/controlProtocol.ts';

const labTest = ownLab();
const group4 = '239.192.6.94';
const group6 = 'ff02::694';
const beatsInTwoDeadtimes = (2 * calmDeadMs) / 100;

function pairWith(...channelEntries: readonly string[]): PairConfig {
  return { ...calm, channelEntries };
}
