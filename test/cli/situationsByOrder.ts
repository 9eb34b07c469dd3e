import type { StatusReport } from '../../src/control/controlProtocol.ts';
import { allDown, allWell, armed, other, self, site } from './reports.ts';

/** A report, and the exit code that `hactl status` ends with. */
export interface Situation {
  readonly report: StatusReport;
  readonly exitCode: number;
}

/** What an operator has ordered, and may have forgotten. */
export const byOrder: Readonly<Record<string, Situation>> = {
  'in-maintenance': {
    report: {
      ...allWell,
      groups: [
        site({
          armed: {
            node1: {
              armed: false,
              because: {
                rule: 'maintenance',
                sentence:
                  'the group is in maintenance: nothing is started, stopped or checked until hactl maintenance off',
              },
            },
            node2: armed,
          },
          because: { rule: 'maintenance', sentence: 'the group is in maintenance, until hactl maintenance off' },
          resources: [
            { name: 'IPaddr::192.168.1.20/24', state: 'running' },
            { name: 'zeo::instance0', state: 'stopped', detail: 'by hand' },
            { name: 'syncer::instance0', state: 'stopped' },
          ],
        }),
      ],
      warnings: [
        {
          id: 'maintenance',
          sentence: 'site is in maintenance: nothing of it is started, stopped or checked, and nothing is taken over',
          next: 'when you are done: hactl maintenance off site',
        },
      ],
    },
    exitCode: 0,
  },

  'peer-on-standby': {
    report: {
      ...allWell,
      groups: [
        site({
          armed: {
            node1: armed,
            node2: {
              armed: false,
              because: { rule: 'standby-by-order', sentence: 'an operator put the node on standby until hactl online' },
            },
          },
        }),
      ],
    },
    exitCode: 0,
  },

  'down-with-this-node-on-standby': {
    report: {
      ...allWell,
      nodes: { node1: self('online'), node2: other('silent', 47_300) },
      channels: allDown,
      groups: [
        site({
          owner: null,
          role: 'standby',
          peerRole: 'standby',
          armed: {
            node1: {
              armed: false,
              because: { rule: 'standby-by-order', sentence: 'an operator put the node on standby until hactl online' },
            },
          },
          because: { rule: 'not-armed', sentence: 'nobody holds the group, and this node may not take it now' },
          resources: site().resources.map(({ name }) => ({ name, state: 'stopped' })),
        }),
      ],
      warnings: [
        {
          id: 'standby-by-order',
          sentence: 'an operator put node1 on standby: it takes nothing over',
          next: 'when it may again: hactl online',
        },
      ],
    },
    exitCode: 3,
  },
};
