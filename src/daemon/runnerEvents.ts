import type { RunnerListener } from '../adapters/runnerSocket.ts';
import type { Entry } from '../core/entry.ts';
import type { Happening } from '../core/event.ts';

export interface RunnerEventsOptions {
  readonly bootId: string;
  dispatch(happening: Happening): void;
  log(level: Entry['level'], sentence: string): void;
  /** At most once a minute. */
  logOnce(sentence: string): void;
  onConnected(): void;
  onLost(): void;
  onConfig(isOk: boolean, problems: readonly string[]): void;
}

/** What the runner tells, as events of the core and lines for people. */
export function runnerEvents(options: RunnerEventsOptions): RunnerListener {
  return {
    onConnected: ({ bootId, jobs, groups }) => {
      options.onConnected();
      if (bootId !== options.bootId)
        options.log('error', `the runner says that this boot is ${bootId}, not ${options.bootId}`);
      const renewals = groups.flatMap(({ name, renewedAgoMs, renewedEpochCounter }) =>
        renewedAgoMs === null || renewedEpochCounter === null
          ? []
          : [{ group: name, agoMs: renewedAgoMs, epochCounter: renewedEpochCounter }],
      );
      options.dispatch({ type: 'runnerConnected', jobs, renewals });
    },
    onLost: (reason) => {
      options.dispatch({ type: 'runnerLost', reason });
      options.onLost();
    },
    onRenewed: (group, missing) => options.dispatch({ type: 'renewed', group, missing }),
    onLink: ({ device, hasCarrier, mac }) => options.dispatch({ type: 'linkChanged', device, hasCarrier, mac }),
    onPing: (target, isUp) => options.dispatch({ type: 'pingChanged', target, isUp }),
    onWatchdog: (report) => options.dispatch({ type: 'watchdogChanged', report }),
    onDeadManDone: (group, outcome) => options.dispatch({ type: 'deadManDone', group, outcome }),
    // A status script says the same at every check.
    onOutput: ({ resource, line }) => options.logOnce(`${resource} said: ${line}`),
    onConfig: (isOk, problems) => options.onConfig(isOk, problems),
  };
}
