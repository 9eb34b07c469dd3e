import { readFileSync } from 'node:fs';

/**
 * The number of a group of this machine, from `/etc/group`; undefined when it is not there.
 *
 * The head must not start a process, so `getent` is no way: groups of a directory service are not found.
 */
export function groupId(name: string, file = '/etc/group'): number | undefined {
  return numberOf(name, file);
}

/** The same for a user, from `/etc/passwd`. */
export function userId(name: string, file = '/etc/passwd'): number | undefined {
  return numberOf(name, file);
}

/** Both files have the name in the first field and the number in the third. */
function numberOf(name: string, file: string): number | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
  for (const line of text.split('\n')) {
    const [known, , id = ''] = line.split(':');
    if (known === name && /^\d{1,10}$/.test(id)) return Number(id);
  }
  return undefined;
}
