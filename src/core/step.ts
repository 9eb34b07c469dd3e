import { act } from './act.ts';
import { nextAlarmMs } from './alarm.ts';
import { learnAnswer } from './ask.ts';
import { beat } from './beats.ts';
import { checkAgain } from './check.ts';
import { withdrawSpentOrders } from './deadMan.ts';
import { noteSaved, noteSaveFailed, save } from './disk.ts';
import type { Effect } from './effect.ts';
import type { Event } from './event.ts';
import { noteFenced, pressFence } from './fence.ts';
import { noteFenceTested, pressFenceTest } from './fenceTest.ts';
import { finishJob } from './finishJob.ts';
import { groupNamed } from './groups.ts';
import { hearBeat } from './hear.ts';
import { beginLeaving, leave } from './leave.ts';
import { noteLink } from './links.ts';
import type { Moment } from './moment.ts';
import { record } from './moment.ts';
import { heed } from './operators.ts';
import { notePing } from './pings.ts';
import { reconfigure } from './reconfigure.ts';
import { noteRenewal, renew } from './renew.ts';
import { loseRunner, meetRunner } from './runners.ts';
import { noticeStall, settleStall } from './stall.ts';
import type { NodeState } from './state.ts';
import { unreachable } from './unreachable.ts';
import { watch } from './watch.ts';
import { keepWatchdog, noteWatchdog } from './watchdog.ts';
import { askWitness, hearWitness } from './witness.ts';

export interface Step {
  readonly state: NodeState;
  readonly effects: readonly Effect[];
}

/**
 * Advances a node by one event. Pure: the same state and event give the same step.
 *
 * Always in this order: `learn` folds the event into what the node knows; `watch` notices what only time
 * changes; `act` moves every group towards what the rules want; `save` asks for the disk; `askWitness` and `renew`
 * keep the leases; `beat` tells the peer. The rules look at what is known, never at the event that came.
 */
export function step(state: NodeState, event: Event): Step {
  const effects: Effect[] = [];
  const moment: Moment = { atMs: event.atMs, wallMs: event.wallMs, effects };
  const learned = settleStall(learn(noticeStall(state, moment), event, moment), moment);
  if (learned.leaving.kind === 'gone') return { state: learned, effects };
  const acted = withdrawSpentOrders(act(watch(learned, moment), moment), moment);
  const guarded = pressFenceTest(pressFence(acted, moment), moment);
  const asked = askWitness(save(leave(guarded, moment), moment), moment);
  const told = beat(keepWatchdog(renew(asked, moment), moment), moment);
  const alarmAtMs = nextAlarmMs(told, event.atMs);
  return { state: alarmAtMs === told.alarmAtMs ? told : { ...told, alarmAtMs }, effects };
}

function learn(state: NodeState, event: Event, moment: Moment): NodeState {
  switch (event.type) {
    case 'alarm':
      return state;
    case 'beatHeard':
      return hearBeat(state, event.channel, event.beat, moment);
    case 'jobExited':
      return finishJob(state, event.job, event.outcome, moment);
    case 'runnerConnected':
      return meetRunner(state, event.jobs, event.renewals, moment);
    case 'runnerLost':
      return loseRunner(state, event.reason, moment);
    case 'deadManDone':
      return checkAgain(state, event.group, event.outcome, moment);
    case 'renewed':
      return noteRenewal(state, event.group, event.missing, moment);
    case 'asked': {
      const group = groupNamed(state, event.group);
      return group === undefined ? state : learnAnswer(state, group, event.ask, event.answer, moment);
    }
    case 'fenced':
      return noteFenced(state, event.fence, event.outcome, moment);
    case 'fenceTested':
      return noteFenceTested(state, event.fence, event.outcome, moment);
    case 'witnessAnswered':
      return hearWitness(state, event.group, event.ask, event.answer, moment);
    case 'linkChanged':
      return noteLink(state, event.device, event.hasCarrier, event.mac, moment);
    case 'pingChanged':
      return notePing(state, event.target, event.isUp, moment);
    case 'watchdogChanged':
      return noteWatchdog(state, event.report, moment);
    case 'saved':
      return noteSaved(state, event.revision, moment);
    case 'saveFailed':
      return noteSaveFailed(state, event.revision, event.reason, moment);
    case 'channelChanged': {
      const { isOpen, detail } = event;
      return {
        ...state,
        channels: state.channels.map((channel, index) =>
          index === event.channel ? { ...channel, isOpen, detail } : channel,
        ),
      };
    }
    case 'hint':
      record(
        moment,
        'channel-hint',
        `channel ${state.config.channels[event.channel]?.name ?? event.channel}: ${event.reason}; asking for an answer now`,
      );
      return { ...state, beats: { ...state.beats, isDueNow: true } };
    case 'operatorAsked':
      return heed(state, event.request, event.wish, moment);
    case 'stopAsked':
      return beginLeaving(state, event.services, moment);
    case 'configChanged':
      return reconfigure(state, event.config, moment);
    default:
      return unreachable(event);
  }
}
