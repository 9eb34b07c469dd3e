import { allWell } from './reports.ts';
import type { Situation } from './situationsByOrder.ts';

/** What stands beside the two machines, and may be gone. */
export const byGuard: Readonly<Record<string, Situation>> = {
  'guards-with-a-silent-target': {
    report: {
      ...allWell,
      guards: {
        ping: {
          targets: [
            { address: '192.168.1.1', state: 'up' },
            { address: '192.168.1.2', state: 'down' },
          ],
          peerAnswering: 2,
        },
        watchdog: { device: '/dev/watchdog', state: 'armed', detail: '', boundMs: 10_250, peerBoundMs: null },
      },
      warnings: [
        {
          id: 'ping-target',
          sentence: 'ping target 192.168.1.2 does not answer node1',
          next: 'look at it; where it is gone for good, change guards.ping.targets',
        },
      ],
    },
    exitCode: 0,
  },

  'witness-gone': {
    report: {
      ...allWell,
      guards: {
        witness: {
          state: 'down',
          answeredAgoMs: 73_000,
          peerHeardAgoMs: 73_400,
          leases: [{ group: 'site', holder: 'node1', renewedAgoMs: 73_900, servesForMs: 11_800 }],
        },
      },
      warnings: [
        {
          id: 'no-witness',
          sentence:
            'the witness does not answer node1, for 73 s: node1 goes on while node2 answers, and stops its services if that ends as well',
          next: 'look at the witness and the way to it: systemctl status twinbeat-witness, there',
        },
      ],
    },
    exitCode: 0,
  },
};
