import { beatVersion } from '../core/beats.ts';
import type { World } from './world.ts';

/** A scenario did not come out as it says itself. */
export class Unexpected extends Error {}

/**
 * What a scenario is about, said so that no rewriting of its outcome can lose it.
 *
 *     expect owner node1 site     it alone runs the whole group; `nobody`: nothing of it runs anywhere
 *     expect rule node2 site ID   the rule that applies there now
 *     expect beats node1 1         it sends beats of that version
 *     expect refused              the last thing that was typed was refused; `accepted`: it was not
 *
 * @throws {Unexpected} when it is otherwise.
 */
export function expect(world: World, [what, ...words]: readonly string[], line: number): void {
  const problem = problemOf(world, what, words);
  if (problem !== undefined)
    throw new Unexpected(`line ${line}: expected ${what ?? ''} ${words.join(' ')}, but ${problem}`);
}

function problemOf(
  world: World,
  what: string | undefined,
  [first = '', group = '', rule = '']: readonly string[],
): string | undefined {
  switch (what) {
    case 'owner':
      return first === 'nobody' ? notDown(world, group) : notOwned(world, first, group);
    case 'rule': {
      const head = world.machines.find(({ name }) => name === first)?.head;
      const because = head?.engine.state.groups.find(({ config }) => config.name === group)?.because.rule;
      return because === rule ? undefined : `it is ${because ?? 'none'}`;
    }
    case 'beats': {
      const state = world.machines.find(({ name }) => name === first)?.head?.engine.state;
      const version = state === undefined ? 'nothing' : String(beatVersion(state));
      return version === group ? undefined : `it sends ${version}`;
    }
    case 'refused':
    case 'accepted':
      return world.lastAnswer?.kind === what ? undefined : `it was: ${world.lastAnswer?.sentence ?? 'nothing'}`;
    default:
      return 'only owner, rule, beats, refused and accepted can be expected';
  }
}

function notDown(world: World, group: string): string | undefined {
  const held = world.machines.flatMap((machine) =>
    machine.held(group).all.map((resource) => `${machine.name} runs ${resource}`),
  );
  return held.length === 0 ? undefined : held.join(', ');
}

function notOwned(world: World, owner: string, group: string): string | undefined {
  for (const machine of world.machines) {
    const resources = machine.config.groups.find(({ name }) => name === group)?.resources ?? [];
    const wanted = resources.filter(({ side }) => side === 'owner').map(({ name }) => name);
    const { all } = machine.held(group);
    if (machine.name === owner ? all.length !== wanted.length : all.length > 0) {
      return `${machine.name} runs ${all.length === 0 ? 'nothing' : all.join(', ')}`;
    }
  }
  return undefined;
}
