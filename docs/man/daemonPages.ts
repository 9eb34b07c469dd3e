import { usage as headUsage } from '../../src/daemon/flags.ts';
import { usage as runnerUsage } from '../../src/runner/flags.ts';
import { type Entry, list, page, paragraph, section, verbatim } from './roff.ts';
import { usageEntries } from './usageEntries.ts';

export function headPage(version: string): string {
  return page('twinbeatd', 8, version, [
    section('Name', 'twinbeatd \\- heartbeat and failover: the head'),
    section('Synopsis', verbatim(synopsis(headUsage))),
    section(
      'Description',
      paragraph(
        `Exchanges heartbeats with the daemon of the other node, decides which groups of twinbeat.yaml(5) and
        haresources(5) this node owns, and says so in its journal, with the rule and the evidence. It runs nothing
        itself: twinbeat-runner(8) does. People and scripts talk to it by hactl(8).`,
      ),
      paragraph(
        `As a service it has a user of its own, \`twinbeat\`, real-time priority 1 and the right to open port 694. Started
        by hand, it starts the runner too, and needs root for what its resources need.`,
      ),
    ),
    section('Options', list(usageEntries(headUsage))),
    section('Signals', list(signals)),
    section(
      'The service',
      list(commands),
      paragraph(
        `A daemon that ends without being asked is started again, however often; its services stay meanwhile, unless it is
        away for longer than the lease of the addresses and deadtime: then the runner stops its groups. A wrong config
        (exit code 6) ends these attempts.`,
      ),
    ),
    section(
      'A node that starts nothing by itself',
      paragraph(
        `For a node that shall come back from a failure only when somebody has looked at it, there are two ways. Do not
        enable the service there (\`systemctl disable twinbeat\`), and start it by hand: until then its peer has no
        standby. Or let it be an observer: it beats, its peer sees it, and it claims nothing before \`hactl takeover\` or
        \`hactl online\`. In /etc/default/twinbeat:`,
      ),
      verbatim('TWINBEATD_OPTIONS="--observer"'),
      paragraph('A group that an observer owns by then is its own as any other: a restart of the service keeps it.'),
    ),
    section('Exit codes', list(exitCodes)),
    section('Files', list(files)),
    section('See also', paragraph('twinbeat-runner(8), hactl(8), twinbeat.yaml(5), haresources(5)')),
  ]);
}

export function runnerPage(version: string): string {
  return page('twinbeat-runner', 8, version, [
    section('Name', 'twinbeat-runner \\- heartbeat and failover: the hands'),
    section('Synopsis', verbatim(synopsis(runnerUsage))),
    section(
      'Description',
      paragraph(
        `Carries out the orders of twinbeatd(8): runs resource scripts, puts floating addresses up and announces them,
        asks the LAN for them. It decides nothing, and runs only what the config files on this machine name.`,
      ),
      paragraph(
        `It keeps a record of each job in /run/twinbeat. When it is started again, it finds the scripts that still run,
        and waits for them. What a script has started stays, whatever becomes of the runner.`,
      ),
      paragraph(
        `Each group that this node owns comes with a dead-man order: if no head has renewed it for longer than its lease
        and deadtime, it is stopped, from right to left. So do not stop the runner while a group is active here.`,
      ),
      paragraph(
        `As a service it runs as root, without any sandbox, because its scripts need the whole machine. SIGTERM ends it,
        and nothing else.`,
      ),
    ),
    section('Options', list(usageEntries(runnerUsage))),
    section('Scripts', paragraph('Where they are looked for, and what they are asked: haresources(5).')),
    section('Exit codes', list(exitCodes.filter(({ term }) => term !== '6' && term !== '70'))),
    section('See also', paragraph('twinbeatd(8), hactl(8), twinbeat.yaml(5), haresources(5)')),
  ]);
}

/** The first lines of a usage, up to the first empty one. */
function synopsis(usage: string): string {
  const [first = ''] = usage.split('\n\n');
  return first
    .split('\n')
    .map((line) => line.replace(/^(usage: | {7})/, ''))
    .join('\n');
}

const signals: readonly Entry[] = [
  { term: 'SIGTERM', text: 'Releases everything, verified, to the peer where it is armed, and ends.' },
  { term: 'SIGUSR2', text: 'Ends, and leaves the services running for the daemon that is started next.' },
  { term: 'SIGHUP', text: 'Reads the files again. What is wrong is logged, and the old config stays in force.' },
];

const commands: readonly Entry[] = [
  { term: 'systemctl stop twinbeat', text: 'As SIGTERM. The runner stays, and has nothing to do.' },
  {
    term: 'systemctl restart twinbeat',
    text: 'As SIGUSR2, and a new daemon. Nothing moves. An upgrade does the same.',
  },
  { term: 'systemctl reload twinbeat', text: 'As SIGHUP.' },
  { term: 'systemctl status twinbeat', text: 'Shows in one line what is active, and how the peer is.' },
];

const exitCodes: readonly Entry[] = [
  { term: '0', text: 'It was asked to stop.' },
  { term: '1', text: 'It cannot start, or a stop failed; the log says why.' },
  { term: '2', text: 'A wrong flag.' },
  { term: '6', text: 'The config is not valid. Every problem is printed, with its place.' },
  { term: '70', text: 'A broken invariant. The services stay.' },
];

const files: readonly Entry[] = [
  { term: '/etc/twinbeat/twinbeat.yaml', text: 'The config, the same on both nodes.' },
  { term: '/etc/twinbeat/haresources', text: 'The groups, the same on both nodes.' },
  {
    term: '/etc/twinbeat/authkeys',
    text: `The keys that sign the beats, the same on both nodes. Mode 0600, owned by the user of the daemon; the service
    takes over what root has put there, and refuses what others may read.`,
  },
  { term: '/etc/default/twinbeat', text: 'Flags of the services.' },
  { term: '/var/lib/twinbeat', text: 'Epochs and copies, on disk before anything starts; the journal.' },
  { term: '/run/twinbeat', text: 'Sockets; records of jobs; the output of the scripts.' },
];
