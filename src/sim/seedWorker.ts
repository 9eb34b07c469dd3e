import { parentPort } from 'node:worker_threads';
import { runSeed } from './run.ts';

/** One thread of `runMany`: a first and a last seed in, their results out. */
parentPort?.on('message', ([first, last]: readonly [number, number]) => {
  const results = Array.from({ length: last - first + 1 }, (_, index) => runSeed(first + index));
  parentPort?.postMessage(results);
});
