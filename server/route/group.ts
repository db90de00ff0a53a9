import { shortHash } from './identity.ts';
import type { Group } from './types.ts';

/** A group by what makes it one; equal labels give equal ids, whatever their order. */
export function groupId(route: string, tenant: string, labels: Group['labels']): string {
  const sorted = Object.entries(labels).sort(([first], [second]) => (first < second ? -1 : 1));
  return `grp_${shortHash('group', route, tenant, JSON.stringify(sorted))}`;
}

export function emptyGroup(
  given: Pick<Group, 'id' | 'tenant' | 'route' | 'labels'> & { readonly digestFor?: string },
): Group {
  return {
    digestFor: null,
    joinsMs: [],
    members: [],
    generation: 1,
    sequence: 0,
    activeSinceMs: null,
    escalated: 0,
    unreachedSinceMs: null,
    added: [],
    dueAtMs: null,
    told: {},
    ...given,
  };
}
