import { shortNameOf } from './means.ts';
import { parseResource } from './parseResource.ts';

/**
 * The resource of a group that a person means: by its whole word, or by its short name (`zeo` for `zeo::/opt/zope`,
 * `192.168.1.50` for `192.168.1.50/24/eth0`) where only one has it. Undefined when none does, or several do.
 */
export function resourceNamed(words: readonly string[], wanted: string): string | undefined {
  if (words.includes(wanted)) return wanted;
  const [only, second] = words.filter((word) => {
    const means = parseResource(word);
    return 'kind' in means && shortNameOf(means) === wanted;
  });
  return second === undefined ? only : undefined;
}
