import { readFileSync } from 'node:fs';

/**
 * The number of a group of this machine, from `/etc/group`; undefined when it is not there.
 *
 * The head must not start a process, so `getent` is no way: groups of a directory service are not found.
 */
export function groupId(name: string, file = '/etc/group'): number | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
  for (const line of text.split('\n')) {
    const [group, , id = ''] = line.split(':');
    if (group === name && /^\d{1,10}$/.test(id)) return Number(id);
  }
  return undefined;
}
