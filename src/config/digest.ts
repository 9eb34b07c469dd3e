import { defaults } from './defaults.ts';
import type { SiteGroup } from './siteConfig.ts';

/**
 * Eight hex digits over everything of a group that must be the same on both nodes.
 *
 * Settings at their defaults are left out: a later version that adds a setting keeps the digests of the groups
 * that do not use it, so that two versions agree while the nodes are upgraded one after the other.
 */
export function digestOf(group: Omit<SiteGroup, 'digest'>): string {
  const settings = [
    `group=${group.name}`,
    `node=${group.preferred}`,
    `data=${group.dataClass}`,
    ...changed('maxLag', group.maxLagMs, defaults.maxLagMs),
    ...changed('restarts', group.restarts.countMax, defaults.restartsMax),
    ...changed('restartWindow', group.restarts.windowMs, defaults.restartWindowMs),
    ...changed('deadMan', group.hasDeadMan, defaults.hasDeadMan),
    ...(group.failbackAfterMs === undefined ? [] : [`failback=${group.failbackAfterMs}`]),
    ...group.resources.flatMap((resource) => [
      `resource=${resource.name}`,
      `side=${resource.side}`,
      ...changed('start', resource.startTimeoutMs, defaults.startMs),
      ...changed('stop', resource.stopTimeoutMs, defaults.stopMs),
      ...changed('status', resource.statusTimeoutMs, defaults.statusMs),
      ...changed('sync', resource.syncTimeoutMs, defaults.syncMs),
      ...changed(
        'monitor',
        resource.monitorMs,
        resource.means.kind === 'address' ? defaults.addressMonitorMs : defaults.monitorMs,
      ),
    ]),
  ];
  return digestOfText(settings.join('\n'));
}

/** Eight hex digits that tell two texts apart, by all likelihood. */
export function digestOfText(text: string): string {
  return fnv1a(text).toString(16).padStart(8, '0');
}

function changed(name: string, value: number | boolean, usual: number | boolean): readonly string[] {
  return value === usual ? [] : [`${name}=${value}`];
}

/** FNV-1a, 32 bits: guards against slips, not against attackers (beats are signed). */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  }
  return hash;
}
