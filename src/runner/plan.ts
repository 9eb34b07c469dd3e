import type { AddressMeans } from '../config/means.ts';
import type { GroupPlan, PlannedResource, ResourcePlan } from '../config/plans.ts';

export function findGroup(plan: ResourcePlan, group: string): GroupPlan | undefined {
  return plan.groups.find((candidate) => candidate.name === group);
}

export function findResource(group: GroupPlan | undefined, resource: string): PlannedResource | undefined {
  return group?.resources.find((candidate) => candidate.name === resource);
}

export function addressesOf(group: GroupPlan): readonly AddressMeans[] {
  return group.resources.flatMap(({ means }) => (means.kind === 'address' ? [means] : []));
}
