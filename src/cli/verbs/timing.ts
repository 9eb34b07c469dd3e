import { type Inequality, inequalitiesOf, proposedDeadMs, serialFrameMs } from '../../config/inequalities.ts';
import { loadConfig } from '../../config/loadConfig.ts';
import { nodeConfigOf } from '../../config/nodeConfigOf.ts';
import type { SiteConfig } from '../../config/siteConfig.ts';
import { exitCodes, type StatusReport } from '../../control/controlProtocol.ts';
import { readConfigFiles } from '../check/configFiles.ts';
import { type Call, finish } from '../daemon.ts';
import { readReport } from '../readReport.ts';
import { jsonLine } from '../text/clean.ts';
import { paintFor } from '../text/paint.ts';
import { type TimingFacts, timingText } from '../timing/timingText.ts';

/** The files are what is judged: a daemon that stalls must not hold it up. */
const daemonMs = 2_000;

/** `hactl timing`: what the times of the files must keep, beside what the daemon has measured, and a deadtime that fits. */
export async function timing(call: Call): Promise<number> {
  const read = readConfigFiles(call.configFile);
  const loaded = read.files === undefined ? undefined : loadConfig(read.files);
  if (loaded?.ok !== true) {
    const sentence = `${call.configFile} is not valid`;
    const line = { type: 'failed', sentence, next: 'hactl check', exitCode: exitCodes.configInvalid } as const;
    return finish(call, { kind: 'answered', line });
  }
  const { report } = await readReport(call, daemonMs);
  const facts = timingFacts(loaded.config, report);
  const { io, isJson } = call;
  if (isJson) await io.out(jsonLine(facts));
  else await io.out(timingText(facts, { width: io.width(), paint: paintFor(io.hasColours) }));
  return facts.inequalities.some(isRefused) ? exitCodes.configInvalid : exitCodes.ok;
}

function isRefused({ weight, isHeld }: Inequality): boolean {
  return weight === 'refuse' && !isHeld;
}

function timingFacts(site: SiteConfig, report: StatusReport | undefined): TimingFacts {
  const [first] = site.nodes;
  const self = site.nodes.find((name) => name === report?.node) ?? first;
  const node = nodeConfigOf(site, self, { isObserver: false });
  const silence = report?.beats.silenceMs;
  const silenceMaxMs = silence === undefined || silence.count === 0 ? undefined : silence.max;
  const frames = site.channels.flatMap((channel) =>
    channel.type === 'serial'
      ? [
          {
            channel: channel.name,
            baud: channel.baud,
            ms: serialFrameMs(channel.baud, site.groups.length, channel.isSlow),
          },
        ]
      : [],
  );
  return {
    timing: site.timing,
    inequalities: inequalitiesOf(site, node, { silenceMaxMs }),
    serialFrames: frames,
    measured:
      report === undefined
        ? null
        : {
            node: report.node,
            forMs: report.upMs,
            latenessMs: report.beats.latenessMs,
            silenceMs: silence ?? null,
            overdue: report.beats.overdue ?? 0,
            echoMs: report.beats.echoMs ?? {},
          },
    proposedDeadMs: silenceMaxMs === undefined ? null : proposedDeadMs(node, silenceMaxMs),
  };
}
