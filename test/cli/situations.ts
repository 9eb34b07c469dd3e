import { allDown, allWell, armed, channel, copyStale, other, self, site } from './reports.ts';
import { byGuard } from './situationsByGuard.ts';
import { byOrder, type Situation } from './situationsByOrder.ts';

const fromNode2 = {
  node: 'node2',
  nodes: { node1: other('online', 212), node2: self('online') },
} as const;

const ofNode2 = {
  owner: 'node2',
  epoch: { counter: 8, node: 'node2' },
  since: '2026-11-20T12:03:11Z',
} as const;

const longNames = ['plone-production-customer-alpha', 'plone-production-customer-omega', 'mail'];

/** Situations that an operator meets. */
export const situations: Readonly<Record<string, Situation>> = {
  'all-well': { report: allWell, exitCode: 0 },

  'all-well-seen-from-standby': {
    report: {
      ...allWell,
      ...fromNode2,
      groups: [
        site({
          role: 'standby',
          peerRole: 'active',
          lag: 42,
          because: { rule: 'peer-holds', sentence: 'the peer holds the group, or has not verified that it does not' },
          resources: [
            { name: 'IPaddr::192.168.1.20/24', state: 'stopped' },
            { name: 'zeo::instance0', state: 'stopped' },
            { name: 'syncer::instance0', state: 'running' },
          ],
        }),
      ],
    },
    exitCode: 0,
  },

  'peer-not-upgraded-yet': {
    report: { ...allWell, beats: { ...allWell.beats, version: 1, versionMax: 2, peerVersionMax: 1 } },
    exitCode: 0,
  },

  jeopardy: {
    report: {
      ...allWell,
      jeopardy: true,
      channels: [
        channel('udp0', { medium: 'eth1', state: 'down', heardAgoMs: 754_000, lossPct: 100 }),
        channel('udp1', { medium: 'eth0', lossPct: 7.3, rejected: { badMac: 12, replayed: 0, tooShort: 3 } }),
        channel('serial', {
          type: 'serial',
          medium: 'ttyS0',
          state: 'down',
          heardAgoMs: null,
          lossPct: null,
          isOpen: false,
          detail: 'cannot open /dev/ttyS0: Permission denied',
        }),
      ],
    },
    exitCode: 3,
  },

  'peer-silent-after-takeover': {
    report: {
      ...allWell,
      ...fromNode2,
      nodes: { node1: other('silent', 47_300), node2: self('online') },
      channels: allDown,
      groups: [
        site({
          ...ofNode2,
          peerRole: 'active',
          armed: { node1: copyStale, node2: armed },
        }),
      ],
    },
    exitCode: 3,
  },

  'recovery-required': {
    report: {
      ...allWell,
      upMs: 44_000,
      groups: [
        site({
          ...ofNode2,
          role: 'standby',
          peerRole: 'active',
          stale: true,
          staleSince: '2026-11-20T12:03:11Z',
          armed: { node1: copyStale, node2: armed },
          because: { rule: 'peer-holds', sentence: 'the peer holds the group, or has not verified that it does not' },
          resources: [
            { name: 'IPaddr::192.168.1.20/24', state: 'stopped' },
            { name: 'zeo::instance0', state: 'stopped' },
            { name: 'syncer::instance0', state: 'stopped', detail: 'switched off by the takeover' },
          ],
        }),
      ],
      recovery: { required: true, step: null },
    },
    exitCode: 0,
  },

  'recovery-required-seen-from-owner': {
    report: {
      ...allWell,
      ...fromNode2,
      groups: [site({ ...ofNode2, armed: { node1: copyStale, node2: armed } })],
      recovery: { required: true, step: 'copy Data.fs back' },
    },
    exitCode: 0,
  },

  'hold-for-evidence': {
    report: {
      ...allWell,
      ...fromNode2,
      nodes: { node1: other('silent', 12_400), node2: self('online') },
      channels: allDown.map((silent) => ({ ...silent, heardAgoMs: 12_400, lossPct: 21 })),
      groups: [
        site({
          role: 'standby',
          peerRole: 'active',
          because: {
            rule: 'peer-lost-hold',
            sentence:
              'the peer is silent, and the evidence is not enough; make sure that it is off, then type hactl confirm-dead',
          },
          resources: [
            { name: 'IPaddr::192.168.1.20/24', state: 'stopped' },
            { name: 'zeo::instance0', state: 'stopped' },
            { name: 'syncer::instance0', state: 'running' },
          ],
        }),
      ],
    },
    exitCode: 3,
  },

  'both-down-alone-at-start': {
    report: {
      ...allWell,
      upMs: 61_000,
      jeopardy: true,
      nodes: { node1: self('online'), node2: { ...other('silent', null), incarnation: null, bootId: null } },
      channels: allDown.map((down) => ({ ...down, heardAgoMs: null, lossPct: null })),
      groups: [
        site({
          owner: null,
          role: 'standby',
          peerRole: null,
          because: {
            rule: 'startup-alone-hold',
            sentence:
              'the peer was never heard, and it may serve, or have the newer copy; make sure that it is off, then type hactl confirm-dead',
          },
          armed: { node1: armed },
          since: '2026-11-20T12:02:57Z',
          resources: site().resources.map(({ name }) => ({ name, state: 'stopped' })),
        }),
      ],
    },
    exitCode: 3,
  },

  'group-failed': {
    report: {
      ...allWell,
      groups: [
        site({
          role: 'failed',
          since: '2026-11-20T12:03:11Z',
          because: {
            rule: 'stop-failed',
            sentence: 'a resource could not be stopped here; see to it, then type hactl confirm-stopped',
          },
          armed: {
            node1: {
              armed: false,
              because: { rule: 'stop-failed', sentence: 'a resource could not be stopped there' },
            },
            node2: armed,
          },
          resources: [
            { name: 'IPaddr::192.168.1.20/24', state: 'running' },
            { name: 'zeo::instance0', state: 'failed', detail: 'stop: exit code 1: pid 4711 does not end' },
            { name: 'syncer::instance0', state: 'stopped' },
          ],
        }),
      ],
      warnings: [
        {
          id: 'stop-failed',
          sentence: 'zeo::instance0 of site could not be stopped on node1 (exit code 1): the group starts nowhere',
          next: 'when nothing of it runs here: hactl confirm-stopped site --reason TEXT',
        },
      ],
    },
    exitCode: 3,
  },

  'active-on-both-after-heal': {
    report: { ...allWell, groups: [site({ peerRole: 'active', wish: null, since: '2026-11-20T11:58:02Z' })] },
    exitCode: 3,
  },

  'takeover-under-way': {
    report: {
      ...allWell,
      ...fromNode2,
      groups: [
        site({
          ...ofNode2,
          role: 'starting',
          peerRole: 'released',
          wish: 'takeover by node2',
          since: '2026-11-20T12:03:57.900Z',
          because: { rule: 'owner', sentence: 'this node owns the group under the highest epoch it knows' },
          resources: [
            { name: 'IPaddr::192.168.1.20/24', state: 'running' },
            { name: 'zeo::instance0', state: 'starting' },
            { name: 'syncer::instance0', state: 'stopped' },
          ],
        }),
      ],
    },
    exitCode: 3,
  },

  'hold-mode-and-warnings': {
    report: {
      ...allWell,
      isHoldMode: true,
      isObserver: true,
      groups: [
        site({
          armed: {
            node1: armed,
            node2: { armed: false, because: { rule: 'no-carrier', sentence: 'its service device has no carrier' } },
          },
        }),
        site({
          name: 'mail',
          data: 'none',
          armed: {
            node1: armed,
            node2: { armed: false, because: { rule: 'no-carrier', sentence: 'its service device has no carrier' } },
          },
          resources: [{ name: 'IPaddr::192.168.1.21/24', state: 'running' }],
        }),
      ],
      warnings: [
        {
          id: 'config-differs',
          sentence: 'node1 and node2 have different configurations of mail: no planned move until they are the same',
          next: 'copy the files to both nodes, then: systemctl reload twinbeat',
        },
        { id: 'keys', sentence: 'key 1 was never used by the peer', next: '' },
        {
          id: 'runner-away',
          sentence: 'the runner is not connected: nothing can be started, stopped or renewed here',
          next: 'look at: systemctl status twinbeat-runner',
        },
      ],
    },
    exitCode: 0,
  },

  'peer-stopped-by-operator': {
    report: {
      ...allWell,
      nodes: { node1: self('online'), node2: other('left', 3_725_000) },
      channels: allDown,
      groups: [site({ peerRole: 'released' })],
    },
    exitCode: 3,
  },

  ...byOrder,
  ...byGuard,

  'long-names': {
    report: {
      ...allWell,
      cluster: 'a-cluster-with-a-name-that-somebody-found-descriptive-in-the-year-2004',
      node: 'plone-database-server-01.backoffice.example.org',
      nodes: {
        'plone-database-server-01.backoffice.example.org': self('online'),
        'plone-database-server-02.backoffice.example.org': other('online', 90),
      },
      channels: [
        channel('crossover-cable-between-the-two-racks', { medium: 'crossover-cable-behind-rack-4' }),
        channel('udp1', { state: 'one-way', detail: 'the peer does not hear this node on it' }),
      ],
      groups: longNames.map((name, index) =>
        site({
          name,
          owner:
            index === 1
              ? 'plone-database-server-02.backoffice.example.org'
              : 'plone-database-server-01.backoffice.example.org',
          role: index === 1 ? 'standby' : 'active',
          peerRole: index === 1 ? 'active' : 'standby',
          armed: {
            'plone-database-server-01.backoffice.example.org': armed,
            'plone-database-server-02.backoffice.example.org': armed,
          },
          resources: [
            { name: `IPaddr2::192.168.1.2${index}/24/eth0:${index}/192.168.1.255`, state: 'running' },
            {
              name: `zeo::/opt/zope/instances/production/customers/with/a/very/long/path/instance${index}`,
              state: 'running',
            },
          ],
        }),
      ),
    },
    exitCode: 0,
  },

  unicode: {
    report: {
      ...allWell,
      cluster: 'büro',
      node: '東京',
      nodes: { 東京: self('online'), 'größer-🐘': other('suspect', 3_412) },
      channels: [channel('線一', { medium: 'ケーブル' }), channel('udp1')],
      groups: [
        site({
          name: 'größe-データベース',
          owner: '東京',
          armed: { 東京: armed, 'größer-🐘': armed },
          resources: [{ name: 'IPaddr::2001:db8::20/64', state: 'running' }],
        }),
      ],
    },
    exitCode: 3,
  },

  'hostile-words': {
    report: {
      ...allWell,
      cluster: 'plone\u001b[2J\u001b[H',
      groups: [
        site({
          name: 'site\u202egnp',
          because: { rule: 'owner\n\nOK  all is well', sentence: 'a\u0000b\u009b31m \ud800 c' },
        }),
      ],
      warnings: [{ id: '__proto__', sentence: '', next: '\u0007' }],
    },
    exitCode: 0,
  },

  'words-of-a-newer-daemon': {
    report: {
      ...allWell,
      phase: 'meditating',
      nodes: { node1: self('online'), node2: other('quarantined' as never, 300) },
      channels: [channel('sat0', { type: 'satellite', state: 'eclipsed' as never })],
      groups: [site({ role: 'hibernating', resources: [{ name: 'zeo', state: 'frozen' as never }] })],
    },
    exitCode: 3,
  },

  'no-groups': {
    report: { ...allWell, groups: [] },
    exitCode: 0,
  },
};
