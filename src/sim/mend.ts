import type { World } from './world.ts';

/** Nothing is broken any more, nothing lies, and whatever was off is started. */
export function mendEverything(world: World): void {
  world.isMended = true;
  world.partLan(false);
  for (const machine of world.machines) world.setCarrier(machine, true);
  for (const cable of world.cables) {
    cable.letGo();
    world.mend(cable);
  }
  world.intruders.clear();
  for (const machine of world.machines) {
    machine.misbehaviours.clear();
    for (const denied of machine.denied) {
      const [group = '', resource = ''] = denied.split('/');
      machine.setRunning(group, resource, false);
    }
    world.thawMachine(machine);
    world.thawHead(machine);
    world.returnRunner(machine);
    world.boot(machine);
    world.startHeadLater(machine);
  }
}
