import { parentPort, workerData } from 'node:worker_threads';
import { explore } from './explore.ts';
import type { Task } from './exploreAll.ts';
import { StateCount } from './stateCount.ts';

/** One thread of `exploreAll`: a task in, what it found out. */
const states = new StateCount(workerData as SharedArrayBuffer);
parentPort?.on('message', ({ first, ...exploration }: Task) => {
  parentPort?.postMessage(explore(exploration, [first], states));
});
