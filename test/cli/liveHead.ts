import type { TestContext } from 'node:test';
import type { Handler } from '../../src/control/controlConnection.ts';
import { sendPieces } from '../../src/control/sendPieces.ts';
import type { NodeState } from '../../src/core/state.ts';
import { snapshotOf } from '../../src/daemon/snapshotOf.ts';
import { fakeHead } from './fakeHead.ts';

/** A moment of a node, as its daemon would tell it. */
export interface LiveMoment {
  readonly state: NodeState;
  readonly atMs: number;
  readonly wallMs: number;
}

/** The control sockets of a daemon in this state; other verbs are for `handler`. Returns their folder. */
export function liveHead(t: TestContext, of: LiveMoment, handler?: Handler): Promise<string> {
  return fakeHead(t, (request, reply) => {
    if (request.verb === 'snapshot') sendPieces([snapshotTextOf(of)], reply);
    else if (handler === undefined) reply.end();
    else handler(request, reply);
  });
}

export function snapshotTextOf({ state, atMs, wallMs }: LiveMoment): string {
  return snapshotOf(state, { version: '0.1.0', atMs, wallMs });
}
