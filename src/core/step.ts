import { act } from './act.ts';
import { nextAlarmMs } from './alarm.ts';
import { learnAnswer } from './ask.ts';
import { beat } from './beats.ts';
import { checkAgain } from './check.ts';
import { withdrawSpentOrders } from './deadMan.ts';
import { noteSaved, noteSaveFailed, save } from './disk.ts';
import type { Effect } from './effect.ts';
import type { Happening, Now } from './event.ts';
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
 * Advances a node by one event. Pure: the same state, happening and time give the same step.
 *
 * Always in this order: `learn` folds the happening into what the node knows; `watch` notices what only time
 * changes; `act` moves every group towards what the rules want; `save` asks for the disk; `askWitness` and `renew`
 * keep the leases; `beat` tells the peer. The rules look at what is known, never at what came.
 */
export function step(state: NodeState, happening: Happening, { atMs, wallMs }: Now): Step {
  const effects: Effect[] = [];
  const moment: Moment = { atMs, wallMs, effects };
  const learned = settleStall(learn(noticeStall(state, moment), happening, moment), moment);
  if (learned.leaving.kind === 'gone') return { state: learned, effects };
  const acted = withdrawSpentOrders(act(watch(learned, moment), moment), moment);
  const guarded = pressFenceTest(pressFence(acted, moment), moment);
  const asked = askWitness(save(leave(guarded, moment), moment), moment);
  const told = beat(keepWatchdog(renew(asked, moment), moment), moment);
  const alarmAtMs = nextAlarmMs(told, atMs);
  return { state: alarmAtMs === told.alarmAtMs ? told : { ...told, alarmAtMs }, effects };
}

function learn(state: NodeState, happening: Happening, moment: Moment): NodeState {
  switch (happening.type) {
    case 'alarm':
      return state;
    case 'beatHeard':
      return hearBeat(state, happening, moment);
    case 'jobExited':
      return finishJob(state, happening.job, happening.outcome, moment);
    case 'runnerConnected':
      return meetRunner(state, happening.jobs, happening.renewals, moment);
    case 'runnerLost':
      return loseRunner(state, happening.reason, moment);
    case 'deadManDone':
      return checkAgain(state, happening.group, happening.outcome, moment);
    case 'renewed':
      return noteRenewal(state, happening.group, happening.missing, moment);
    case 'asked': {
      const group = groupNamed(state, happening.group);
      return group === undefined ? state : learnAnswer(state, group, happening.ask, happening.answer, moment);
    }
    case 'fenced':
      return noteFenced(state, happening.fence, happening.outcome, moment);
    case 'fenceTested':
      return noteFenceTested(state, happening.fence, happening.outcome, moment);
    case 'witnessAnswered':
      return hearWitness(state, happening.group, happening.ask, happening.answer, moment);
    case 'linkChanged':
      return noteLink(state, happening.device, happening.hasCarrier, happening.mac, moment);
    case 'pingChanged':
      return notePing(state, happening.target, happening.isUp, moment);
    case 'watchdogChanged':
      return noteWatchdog(state, happening.report, moment);
    case 'saved':
      return noteSaved(state, happening.revision, moment);
    case 'saveFailed':
      return noteSaveFailed(state, happening.revision, happening.reason, moment);
    case 'channelChanged': {
      const { isOpen, detail } = happening;
      return {
        ...state,
        channels: state.channels.map((channel, index) =>
          index === happening.channel ? { ...channel, isOpen, detail } : channel,
        ),
      };
    }
    case 'hint':
      record(
        moment,
        'channel-hint',
        `channel ${state.config.channels[happening.channel]?.name ?? happening.channel}: ${happening.reason}; asking for an answer now`,
      );
      return { ...state, beats: { ...state.beats, isDueNow: true } };
    case 'operatorAsked':
      return heed(state, happening.request, happening.wish, moment);
    case 'stopAsked':
      return beginLeaving(state, happening.services, moment);
    case 'configChanged':
      return reconfigure(state, happening.config, moment);
    default:
      return unreachable(happening);
  }
}
