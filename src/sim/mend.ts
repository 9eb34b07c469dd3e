import type { World } from './world.ts';

/** Nothing is broken any more, nothing lies, and whatever was off is started. */
export function mendEverything(world: World): void {
  world.isMended = true;
  world.lan.part(false);
  for (const target of world.lan.deadTargets) world.lan.switchTarget(target, false);
  for (const machine of world.machines) {
    world.lan.setCarrier(machine, true);
    world.lan.block(machine, false);
    machine.watchdog.isBusy = false;
  }
  for (const cable of world.cables) {
    cable.letGo();
    world.mend(cable);
  }
  world.lan.intruders.clear();
  for (const machine of world.machines) world.box?.cut(machine, false);
  world.box?.mend();
  for (const machine of world.machines) {
    machine.misbehaviours.clear();
    machine.fence.mend();
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
