import { Worker, type WorkerOptions } from 'node:worker_threads';

/** One thread: gives it one task after the other until there are none, and takes what it answers to each. */
export function workThrough<Task, Result>(
  file: URL,
  options: WorkerOptions,
  nextTask: () => Task | undefined,
  take: (result: Result) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(file, options);
    const give = (): void => {
      const task = nextTask();
      if (task === undefined) void worker.terminate();
      else worker.postMessage(task);
    };
    worker.on('message', (result: Result) => {
      take(result);
      give();
    });
    worker.on('error', reject);
    worker.on('exit', () => resolve());
    give();
  });
}
