import type { Edit } from '../changedCheckout.ts';
import type { Mutant } from '../mutant.ts';
import { fenceMutants } from './fenceMutants.ts';
import { guardMutants } from './guardMutants.ts';
import { witnessMutants } from './witnessMutants.ts';

const edit = (file: string, from: string, to: string): Edit => ({ file, from, to });

/** The LAN is not asked who has the address: whatever it would answer, nobody has. */
const askNobody = edit(
  'src/core/ask.ts',
  "    case 'answered': {",
  "    case 'answered': {\n      if (askedAtMs > 0) return { kind: 'silent', askedAtMs };",
);
const singleChannel = edit(
  'src/core/facts.ts',
  'isSilenceEnough && state.config.takeover.isSingleChannelAllowed',
  'isSilenceEnough',
);
const noSilence = edit(
  'src/core/facts.ts',
  "    case 'E6':\n      return isSilenceEnough && selfFenceOf(state, atMs) !== 'pending';",
  "    case 'E6':\n      return false;",
);
const noAnnouncements = edit(
  'src/runner/announcer.ts',
  'for (const frame of frames) {',
  'for (const frame of frames.slice(0, 0)) {',
);
const arrivalIsFresh = edit(
  'src/core/hear.ts',
  'const echoedAtMs = echoed?.atMs;',
  'const echoedAtMs = echoed === undefined ? undefined : moment.atMs;',
);

const noDeadMan = edit(
  'test/lab/acceptance/daemon.test.ts',
  "initdead: '4s', haresources }",
  "initdead: '4s', haresources, more: 'groups: { site: { deadMan: off } }' }",
);

/** Each protection of the acceptance list, switched off. `npm run mutants` runs them. */
export const mutants: readonly Mutant[] = [
  {
    file: 'addresses',
    row: 'A1',
    off: 'a stop removes the address, and looks whether it is gone; the LAN is asked before it is put up',
    edits: [
      edit(
        'src/runner/addresses.ts',
        'await this.#options.ip.run(`address del ${one.address}/${one.bits} dev ${one.device}`);\n      }\n      const left = held.length === 0 ? held : await this.#held(plan);',
        '}\n      const left = held.slice(0, 0);',
      ),
      edit('src/runner/addresses.ts', "{ kind: held.length === 0 ? 'stopped' : 'running' }", "{ kind: 'stopped' }"),
      askNobody,
    ],
    says: 'was held by both nodes',
  },
  {
    file: 'channels',
    row: 'A2: the cut of one channel',
    off: 'a peer that is heard on any channel lives; the address is asked for; one silent medium is not enough',
    edits: [
      edit(
        'src/core/peerView.ts',
        'return newestOf(state, freshMs);',
        'return Math.min(...state.channels.map((channel) => (channel.freshAsOfMs ?? 0) + state.config.timing.deadMs));',
      ),
      askNobody,
      singleChannel,
    ],
    says: 'jeopardy',
  },
  {
    file: 'channels',
    row: 'A2: the cut of one channel',
    off: 'a channel that goes down is written to the journal',
    edits: [
      edit(
        'src/core/watch.ts',
        'if (isUp === channel.isReportedUp) return channel;',
        'if (isUp === channel.isReportedUp || !isUp) return channel;',
      ),
    ],
    says: 'channel cross is down',
  },
  {
    file: 'channels',
    row: 'A2: channels cut one after the other',
    off: 'the config does not allow a takeover on the word of one medium (singleChannel: true)',
    edits: [
      edit(
        'test/lab/acceptance/channels.test.ts',
        "channels: ['cross', 'serial'] }",
        "channels: ['cross', 'serial'], more: 'takeover: { singleChannel: true }' }",
      ),
    ],
    says: 'the evidence is not enough',
  },
  {
    file: 'channels',
    row: 'A2: all channels cut within one deadtime',
    off: 'the silence of several media at once is evidence (E6)',
    edits: [noSilence],
    says: 'node2 answers',
  },
  {
    file: 'channels',
    row: 'A2: all channels cut within one deadtime',
    off: 'an owner without carrier stops or drops its address (rules isolated and isolated-alone)',
    edits: [
      edit('src/core/rules.ts', "when: (f) => f.isolation === 'handOver' && !f.isFlapping,", 'when: () => false,'),
      edit('src/core/rules.ts', "when: (f) => f.isolation === 'alone',", 'when: () => false,'),
    ],
    says: 'was held by both nodes',
  },
  {
    file: 'channels',
    row: 'A2: a power cut',
    off: 'the silence of several media at once is evidence (E6)',
    edits: [noSilence],
    says: 'node2 answers',
  },
  {
    file: 'scripts',
    row: 'A3: a line starts',
    off: 'starts go from left to right',
    edits: [edit('src/core/plan.ts', 'return [...stops, ...starts];', 'return [...stops, ...starts.toReversed()];')],
    says: 'from left to right',
  },
  {
    file: 'scripts',
    row: 'A3: a line starts',
    off: 'stops go from right to left',
    edits: [
      edit(
        'src/core/plan.ts',
        '    );\n}\n\n/** The place of a resource in',
        '    )\n    .toReversed();\n}\n\n/** The place of a resource in',
      ),
    ],
    says: 'from right to left',
  },
  {
    file: 'scripts',
    row: 'A3: a haresources that differs',
    off: 'configurations are compared',
    edits: [edit('src/daemon/statusWarnings.ts', 'said.digest !== digest', 'said.digest === undefined')],
    says: 'config-differs',
  },
  {
    file: 'scripts',
    row: 'A3: a haresources that differs',
    off: 'a planned move is refused where configurations differ',
    edits: [edit('src/core/moves.ts', 'said.digest !== group.config.digest', 'said === undefined')],
    says: 'a planned move is refused',
  },
  {
    file: 'addresses',
    row: 'A4',
    off: 'gratuitous ARP and unsolicited NA',
    edits: [noAnnouncements],
    says: 'somebody answers TCP',
  },
  {
    file: 'site',
    row: 'A5',
    off: 'the syncer script writes SYNCING=0',
    edits: [edit('resource.d/syncer', 'write "$run_file" SYNCING=0 || problem="$run_file cannot be written"', ':')],
    says: 'the flag says SYNCING=0',
  },
  {
    file: 'site',
    row: 'A5',
    off: 'resources of the standby side stop before the first start',
    edits: [edit('src/core/plan.ts', 'return [...stops, ...starts];', 'return [...starts, ...stops];')],
    says: 'before ZEO listens',
  },
  {
    file: 'site',
    row: 'A6',
    off: 'a takeover ends the sync that runs',
    edits: [edit('resource.d/syncer', 'switch cannot be written"; fi\n  abort_sync', 'switch cannot be written"; fi')],
    says: 'the running sync is ended',
  },
  {
    file: 'site',
    row: 'A6',
    off: 'a sync asks the switch',
    edits: [edit('resource.d/syncer', 'if ! is_on || ! is_mirrored; then', 'if false; then')],
    says: 'NOT SYNCING FROM MASTER',
  },
  {
    file: 'site',
    row: 'A7',
    off: 'what runs on a node that holds nothing is stopped at the start of the daemon',
    edits: [
      edit(
        'src/core/check.ts',
        "hasLostByRestart: held !== 'nothing', activity: stop }",
        "hasLostByRestart: held !== 'nothing', activity: { kind: 'idle' } }",
      ),
    ],
    says: 'ZEO is down on node2',
  },
  {
    file: 'scripts',
    row: 'A8: what cannot be stopped',
    off: 'a failed stop of the peer is remembered and reported',
    edits: [
      edit(
        'src/core/hear.ts',
        "hasPeerStopFailed: said.role === 'failed' || (durable.hasPeerStopFailed && !said.isVerifiedStopped && !owns)",
        'hasPeerStopFailed: false',
      ),
      edit('src/core/hear.ts', 'withDurable(group, { hasPeerStopFailed: true })', 'group'),
    ],
    says: 'peer-stop-failed',
  },
  {
    file: 'scripts',
    row: 'A8: what cannot be stopped',
    off: 'a failed stop of the peer forbids a takeover (rules peer-stop-failed and peer-stopping, and evidence E6)',
    edits: [
      edit('src/core/facts.ts', "durable.hasPeerStopFailed && evidence !== 'E2' ? 'peer' : 'no'", "'no'"),
      edit('src/core/facts.ts', ' && !group.durable.hasPeerStopFailed', ''),
    ],
    says: 'never two writers',
  },
  {
    file: 'site',
    row: 'A9: a ZEO client commits again',
    off: 'the zeo script starts the server',
    edits: [
      edit(
        'resource.d/zeo',
        'case $action in start | stop | status) ;;',
        'if [ "$action" = start ] && [ "$(uname -n)" = node2 ]; then exit 0; fi\ncase $action in start | stop | status) ;;',
      ),
    ],
    says: 'the client commits again',
  },
  {
    file: 'site',
    row: 'A9: a ZEO client that has seen more',
    off: 'the client of the lab looks for what ZEO logs when its server is behind',
    edits: [edit('lab/demo/inside/siteClient.py', 'if "out of sync" in record.getMessage():', 'if False:')],
    says: 'the client notices that the server is behind',
  },
  {
    file: 'channels',
    row: 'A10',
    off: 'an owner releases nothing because its peer is silent',
    edits: [edit('src/core/rules.ts', 'when: (f) => f.isLeaving,', "when: (f) => f.isLeaving || f.peer === 'silent',")],
    says: 'was away from node1',
  },
  {
    file: 'site',
    row: 'A11',
    off: 'a copy that is older than what has served is stale',
    edits: [edit('src/core/copy.ts', "if (isHigher(durable.servedEpoch, durable.copyEpoch)) return 'stale';", '')],
    says: 'recovery is required',
  },
  {
    file: 'outage',
    row: 'I4: after a power cut the service is back within deadtime and 100 ms',
    off: 'gratuitous ARP',
    edits: [noAnnouncements],
    says: 'node2 answers',
  },
  {
    file: 'outage',
    row: 'a planned takeover of an address',
    off: 'a planned move waits at most 10 ms for the LAN’s answer',
    edits: [edit('src/core/ask.ts', 'const plannedWaitMs = 10;', 'const plannedWaitMs = 150;')],
    says: 'outages:',
  },
  {
    file: 'outage',
    row: 'a daemon that is stopped',
    off: 'SIGTERM releases',
    edits: [edit('src/daemon/run.ts', "daemon.stop('release')", "daemon.stop('keep')")],
    says: 'node2 answers',
  },
  {
    file: 'daemon',
    row: 'I10: a daemon that is killed',
    off: 'a restarted daemon goes on with what runs and what its disk says that it held',
    edits: [edit('src/core/check.ts', "if (held === 'serving' || held === 'claimed') {", "if (held === 'stopping') {")],
    says: 'node1 says: active, and the peer can take over',
  },
  {
    file: 'daemon',
    row: 'I10: a daemon that is killed',
    off: 'leases are renewed',
    edits: [
      edit(
        'src/core/renew.ts',
        "moment.effects.push({ type: 'renew', group: group.config.name, epochCounter: group.durable.heldEpoch.counter });",
        '',
      ),
    ],
    says: 'nothing moves',
  },
  {
    file: 'daemon',
    row: 'I10: a daemon that stays away',
    off: 'the dead-man order (deadMan: off)',
    edits: [noDeadMan],
    says: 'node1 has stopped its services',
  },
  {
    file: 'daemon',
    row: 'I10: a daemon that stays away',
    off: 'addresses have a lease, and the dead-man order (deadMan: off)',
    edits: [
      edit(
        'src/runner/addresses.ts',
        "leaseMs === 0 ? 'forever' : String(Math.ceil(leaseMs / 1000))",
        "leaseMs < 0 ? '0' : 'forever'",
      ),
      noDeadMan,
    ],
    says: 'node2 answers',
  },
  {
    file: 'daemon',
    row: 'a host that froze for three seconds',
    off: 'a stall is noticed',
    edits: [
      edit(
        'src/core/stall.ts',
        'if (lateMs <= state.config.timing.warnMs) return state;',
        'if (lateMs <= state.config.timing.warnMs || lateMs > 0) return state;',
      ),
    ],
    says: 'settled',
  },
  {
    file: 'split',
    row: 'I9',
    off: 'both sides of a split come to the same verdict',
    edits: [
      edit(
        'src/core/incident.ts',
        'if (mine.yields !== theirs.yields) {',
        "if (self !== '') return { stays: false, because: 'nobody' };\n  if (mine.yields !== theirs.yields) {",
      ),
    ],
    says: 'one node owns the address',
  },
  {
    file: 'hostile',
    row: 'I11: garbage',
    off: 'the signature is compared',
    edits: [
      edit(
        'src/wire/signature.ts',
        'return timingSafeEqual(expected, all.subarray(bodyBytes));',
        'return timingSafeEqual(expected, expected);',
      ),
    ],
    says: 'node',
  },
  {
    file: 'hostile',
    row: 'I11: the beats of a dead node',
    off: 'a beat is as old as what it echoes, and only a higher sequence is news',
    edits: [
      arrivalIsFresh,
      edit(
        'src/core/hear.ts',
        'const isNew = beat.sequence > peer.highestSequence;',
        'const isNew = beat.sequence > 0;',
      ),
    ],
    says: 'node2 answers',
  },
  ...witnessMutants,
  ...guardMutants,
  ...fenceMutants,
];
