import type { FenceOutcome, FenceTestOutcome } from '../core/fenceOutcome.ts';
import type { JobOutcome } from '../core/job.ts';
import type { FromRunner, RunnerAskAnswer, RunnerGroup, RunningJob } from './runnerProtocol.ts';

type Fields = Readonly<Record<string, unknown>>;

/** One value from the runner's socket, or undefined for what is no message of the protocol. Never throws. */
export function readRunnerMessage(value: unknown): FromRunner | undefined {
  if (!isFields(value)) return undefined;
  const { type, version, bootId, jobs, groups, job, outcome, tookMs, group, order, missing, ask, answer } = value;
  switch (type) {
    case 'hello':
      if (!isCount(version) || !isText(bootId) || !isListOf(jobs, isJob) || !isListOf(groups, isGroup))
        return undefined;
      return { type, version, bootId, jobs, groups };
    case 'jobExited':
      return isText(job) && isOutcome(outcome) && isCount(tookMs) ? { type, job, outcome, tookMs } : undefined;
    case 'renewed':
      return isText(group) && isCount(order) && isListOf(missing, isText) ? { type, group, order, missing } : undefined;
    case 'asked':
      return isCount(ask) && isAnswer(answer) ? { type, ask, answer } : undefined;
    case 'deadManDone':
      return isText(group) && isOutcome(outcome) ? { type, group, outcome } : undefined;
    case 'fenced':
    case 'fenceTested':
      return readFence(type, value);
    case 'link':
    case 'ping':
    case 'watchdog':
    case 'output':
    case 'config':
      return readNews(type, value);
    default:
      return undefined;
  }
}

function readFence(type: 'fenced' | 'fenceTested', { fence, outcome }: Fields): FromRunner | undefined {
  if (!isText(fence)) return undefined;
  if (type === 'fenced') return isFenceOutcome(outcome) ? { type, fence, outcome } : undefined;
  return isFenceTestOutcome(outcome) ? { type, fence, outcome } : undefined;
}

function isFenceOutcome(value: unknown): value is FenceOutcome {
  if (!isFields(value)) return false;
  const { kind, by, detail } = value;
  return kind === 'off' ? isText(by) : (kind === 'failed' || kind === 'person') && isText(detail);
}

function isFenceTestOutcome(value: unknown): value is FenceTestOutcome {
  if (!isFields(value)) return false;
  return value['kind'] === 'passed' || (value['kind'] === 'failed' && isText(value['detail']));
}

function readNews(type: 'link' | 'ping' | 'watchdog' | 'output' | 'config', fields: Fields): FromRunner | undefined {
  const { device, hasCarrier, mac, target, isUp, job, resource, line, ok, problems } = fields;
  switch (type) {
    case 'link':
      return isText(device) && typeof hasCarrier === 'boolean' && isText(mac)
        ? { type, device, hasCarrier, mac }
        : undefined;
    case 'ping':
      return isText(target) && typeof isUp === 'boolean' ? { type, target, isUp } : undefined;
    case 'watchdog': {
      const { state, timeoutMs, canDisarm, detail } = fields;
      const isGood = isOneOf(state, ['off', 'armed', 'failed']) && isCount(timeoutMs) && isText(detail);
      return isGood && typeof canDisarm === 'boolean' ? { type, state, timeoutMs, canDisarm, detail } : undefined;
    }
    case 'output':
      return isText(job) && isText(resource) && isText(line) ? { type, job, resource, line } : undefined;
    case 'config':
      return typeof ok === 'boolean' && isListOf(problems, isText) ? { type, ok, problems } : undefined;
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function isCountOrNull(value: unknown): value is number | null {
  return value === null || isCount(value);
}

function isListOf<T>(value: unknown, isItem: (item: unknown) => item is T): value is readonly T[] {
  return Array.isArray(value) && value.every((item) => isItem(item));
}

function isOneOf<T extends string>(value: unknown, words: readonly T[]): value is T {
  return words.some((word) => word === value);
}

function isJob(value: unknown): value is RunningJob {
  return (
    isFields(value) &&
    [value['job'], value['group'], value['resource']].every(isText) &&
    [value['epochCounter'], value['timeoutMs'], value['sinceMs']].every(isCount) &&
    isOneOf(value['action'], ['start', 'stop', 'status', 'sync'])
  );
}

function isGroup(value: unknown): value is RunnerGroup {
  return (
    isFields(value) &&
    isText(value['name']) &&
    isListOf(value['devices'], isText) &&
    isCountOrNull(value['renewedAgoMs']) &&
    isCountOrNull(value['renewedEpochCounter']) &&
    isOneOf(value['deadMan'], ['none', 'armed', 'running', 'done', 'failed'])
  );
}

function isOutcome(value: unknown): value is JobOutcome {
  if (!isFields(value)) return false;
  const { kind, note, position, detail, afterMs } = value;
  switch (kind) {
    case 'done':
      return note === undefined || isText(note);
    case 'running':
      return position === undefined || isCount(position);
    case 'stopped':
      return true;
    case 'failed':
    case 'notStarted':
      return isText(detail);
    case 'timedOut':
      return isText(detail) && isCount(afterMs);
    default:
      return false;
  }
}

function isAnswer(value: unknown): value is RunnerAskAnswer {
  if (!isFields(value)) return false;
  const { kind, mac, address, detail } = value;
  if (kind === 'silent') return true;
  if (kind === 'answered') return isText(mac) && isText(address);
  return kind === 'impossible' && isText(detail);
}
