import { execFile } from 'node:child_process';
import { hostname } from 'node:os';
import { promisify } from 'node:util';
import { type ChannelPath, type PathConcern, pathConcerns, routeQuestionOf } from '../../config/channelPaths.ts';
import { nodeOfHost, peerOf } from '../../config/nodeConfigOf.ts';
import { type ChannelPlan, channelPlanOf } from '../../config/plans.ts';
import type { SiteConfig } from '../../config/siteConfig.ts';
import { deviceOf, mtuOf } from '../../control/localDevices.ts';

/** What is doubtful about the ways of this machine's channels; undefined where it is none of the nodes. */
export async function wayConcerns(
  site: SiteConfig,
  nodeOfDaemon: string | undefined,
): Promise<readonly PathConcern[] | undefined> {
  const node = nodeOfDaemon ?? nodeOfHost(site, hostname());
  if (peerOf(site, node) === undefined) return undefined;
  const plans = channelPlanOf(site, node);
  const paths = await Promise.all(plans.map(pathOf));
  const media = site.channels.map(({ medium }) => medium);
  return pathConcerns(plans, media, paths, site.groups.length);
}

async function pathOf(plan: ChannelPlan): Promise<ChannelPath> {
  if (plan.type === 'serial') return { device: undefined, route: undefined, mtu: undefined };
  const device = plan.type === 'udp' ? deviceOf(plan.local.address) : plan.device;
  const question = routeQuestionOf(plan);
  const route = question === undefined || device === undefined ? undefined : await routeOf(question.to, question.from);
  return { device, route, mtu: device === undefined ? undefined : await mtuOf(device) };
}

/** The kernel answers at once; a machine that is out of processes does not. */
const ipMs = 2000;

/** Undefined where there is no route, or no `ip`: the daemon complains of the one, and needs the other. */
async function routeOf(to: string, from: string): Promise<ChannelPath['route']> {
  try {
    const words = ['-j', 'route', 'get', to, 'from', from];
    const { stdout } = await promisify(execFile)('ip', words, { timeout: ipMs });
    const [route] = JSON.parse(stdout) as readonly { readonly dev?: unknown; readonly type?: unknown }[];
    return typeof route?.dev === 'string' ? { device: route.dev, isLocal: route.type === 'local' } : undefined;
  } catch {
    return undefined;
  }
}
