import type { Bound } from './bounds.ts';
import { fencePlanOf, fenceTimes } from './fencePlan.ts';
import type { SiteConfig } from './siteConfig.ts';
import type { SiteFence } from './siteFence.ts';
import { showSeconds } from './wording.ts';

/** Some level works without a person. */
export function isFenceAutomatic(fence: SiteFence | undefined): boolean {
  return fence?.levels.some(({ kind }) => kind === 'devices') === true;
}

/** What a fence makes of the bounds that rest on silence without one: nothing is started before the other node is off. */
export function fenceBounds(site: SiteConfig, fence: SiteFence): readonly Bound[] {
  const none = 'no overlap, while the fence tells the truth';
  return [
    takeover(site, fence),
    {
      id: 'address-overlap-hang',
      sentence: `when a daemon dies or hangs, its machine is off before the other node takes its addresses: ${none}`,
      ms: 0,
    },
    {
      id: 'address-overlap-stall',
      sentence: `when the whole machine stalls for longer than deadtime, it is off before it could wake as an owner: ${none}`,
      ms: 0,
    },
    {
      id: 'service-overlap-hang',
      sentence: `when a daemon dies or hangs for good, its machine is off before the other node starts its services: ${none}`,
      ms: 0,
    },
    {
      id: 'overlap-split',
      sentence: `when all channels fail while both nodes live, one of them is off before the other starts anything: ${none}`,
      ms: 0,
      improve: 'hactl confirm-dead only of a machine that is off for certain',
    },
  ];
}

function takeover(site: SiteConfig, fence: SiteFence): Bound {
  const id = 'takeover';
  if (!isFenceAutomatic(fence)) {
    const sentence =
      'when the active node dies, its groups wait for a person (hactl confirm-dead): the fence is meatware';
    return { id, sentence, ms: undefined, improve: 'a device as the first level of guards.fence' };
  }
  const leastMs = site.timing.deadMs + fence.delayMs;
  const attemptMs = Math.max(...site.nodes.map((node) => fenceTimes(fencePlanOf(fence, node)).attemptMsMax));
  const sentence = `when the active node dies, the other fences it ${showSeconds(leastMs)} later (deadtime and guards.fence.delay) and starts its groups when the device says that it is off, which takes ${showSeconds(attemptMs)} at the most`;
  return { id, sentence, ms: leastMs + attemptMs, improve: 'a shorter delay, and a shorter timeout of the devices' };
}
