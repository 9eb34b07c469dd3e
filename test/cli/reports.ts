import type { ChannelReport, GroupReport, NodeReport, StatusReport } from '../../src/control/controlProtocol.ts';

export const armed = { armed: true, because: { rule: 'armed', sentence: 'it may take the group over now' } };
export const copyStale = {
  armed: false,
  because: {
    rule: 'copy-stale',
    sentence: 'its copy is older than what has served since; run a sync, or hactl recover',
  },
};

/** A moment in which everything is well: node1 owns the site, node2 stands by. Seen from node1. */
export const allWell: StatusReport = {
  schema: 1,
  cluster: 'plone',
  node: 'node1',
  version: '0.1.0',
  incarnation: '8f3a5c0112de4b77',
  phase: 'online',
  at: '2026-11-20T12:03:58.250Z',
  upMs: 1_051_200_000,
  isHoldMode: false,
  isObserver: false,
  jeopardy: false,
  nodes: { node1: self('online'), node2: other('online', 212) },
  channels: [
    channel('udp0', { medium: 'eth1' }),
    channel('udp1', { medium: 'eth0', lossPct: 0.4, heardAgoMs: 230 }),
    channel('serial', { type: 'serial', medium: 'ttyS0', heardAgoMs: 410 }),
  ],
  groups: [site()],
  recovery: { required: false, step: null },
  warnings: [],
  machine: { memoryUsedPct: 41.2, load1: 0.52, diskUsedPct: 63.4 },
  beats: { sent: 2_102_400, heard: 2_102_391, latenessMs: { p50: 0.1, p99: 1.4, p999: 4.2, max: 15.3 } },
};

const down = { state: 'down', heardAgoMs: 47_300, lossPct: 100 } as const;
export const allDown = [
  channel('udp0', { medium: 'eth1', ...down }),
  channel('udp1', { medium: 'eth0', ...down }),
  channel('serial', { type: 'serial', medium: 'ttyS0', ...down, heardAgoMs: 47_800 }),
];

export function self(state: NodeReport['state']): NodeReport {
  return { self: true, state, heardAgoMs: null, incarnation: '8f3a5c0112de4b77', bootId: '5b1e0c44a0f1d2e3' };
}

export function other(state: NodeReport['state'], heardAgoMs: number | null): NodeReport {
  return { self: false, state, heardAgoMs, incarnation: '77be19c0aa44d210', bootId: '0d9f22c1be5a7e66' };
}

export function channel(name: string, differs: Partial<ChannelReport> = {}): ChannelReport {
  return {
    name,
    type: 'udp',
    medium: name,
    state: 'up',
    heardAgoMs: 212,
    lossPct: 0,
    isOpen: true,
    detail: '',
    rejected: {},
    ...differs,
  };
}

/** The site as node1, its owner, sees it. */
export function site(differs: Partial<GroupReport> = {}): GroupReport {
  return {
    name: 'site',
    owner: 'node1',
    role: 'active',
    peerRole: 'standby',
    epoch: { counter: 7, node: 'node1' },
    data: 'copied',
    stale: false,
    staleSince: null,
    lag: null,
    armed: { node1: armed, node2: armed },
    since: '2026-11-17T09:12:44Z',
    wish: null,
    because: { rule: 'owner', sentence: 'this node owns the group under the highest epoch that serves' },
    resources: [
      { name: 'IPaddr::192.168.1.20/24', state: 'running' },
      { name: 'zeo::instance0', state: 'running' },
      { name: 'syncer::instance0', state: 'stopped' },
    ],
    ...differs,
  };
}
