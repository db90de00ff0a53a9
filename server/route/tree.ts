import type { Labels } from '../model.ts';
import type { RouteSettings } from '../settings.ts';
import { matchesAll, matchersText } from './matchers.ts';

/**
 * The nodes that handle an alert with these labels, in the order of the tree: depth first; the first child that matches
 * wins unless it continues, and a node handles the alert itself when no child does. The semantics are Alertmanager's.
 */
export function routesFor(root: RouteSettings, labels: Labels): readonly RouteSettings[] {
  const found: RouteSettings[] = [];
  for (const child of root.routes) {
    if (!matchesAll(child.matchers, labels)) continue;
    found.push(...routesFor(child, labels));
    if (!child.continues) break;
  }
  return found.length === 0 ? [root] : found;
}

/** One node that was looked at on the way, and what became of it. */
export interface Tried {
  readonly route: string;
  readonly depth: number;
  readonly outcome: 'handles' | 'passes_down' | 'does_not_match' | 'not_reached';
  readonly why: string;
}

/** Every node of the tree with what was decided there, top to bottom. */
export function triedRoutes(root: RouteSettings, labels: Labels): readonly Tried[] {
  const handling = new Set(routesFor(root, labels).map(({ id }) => id));
  return tried(root, { labels, handling, depth: 0, isReached: true });
}

interface Looking {
  readonly labels: Labels;
  readonly handling: ReadonlySet<string>;
  readonly depth: number;
  readonly isReached: boolean;
}

function tried(route: RouteSettings, looking: Looking): readonly Tried[] {
  const { labels, handling, depth, isReached } = looking;
  const matches = isReached && matchesAll(route.matchers, labels);
  const below: Tried[] = [];
  let isOpen = matches;
  for (const child of route.routes) {
    below.push(...tried(child, { ...looking, depth: depth + 1, isReached: isOpen }));
    if (isOpen && matchesAll(child.matchers, labels) && !child.continues) isOpen = false;
  }
  const node = { route: route.id, depth };
  if (!isReached)
    return [{ ...node, outcome: 'not_reached', why: 'an earlier route took the alert' }, ...below];
  if (!matches)
    return [
      { ...node, outcome: 'does_not_match', why: `expected ${matchersText(route.matchers)}` },
      ...below.map((one) => ({ ...one, why: `its parent ${route.id} does not match` })),
    ];
  return handling.has(route.id)
    ? [{ ...node, outcome: 'handles', why: 'it matches and none below it does' }, ...below]
    : [{ ...node, outcome: 'passes_down', why: 'it matches, and so does a route below it' }, ...below];
}

/** The labels that make a group of the route; a missing one is empty, as everywhere. */
export function groupLabels({ groupBy }: RouteSettings, labels: Labels): Labels {
  if (groupBy.includes('...')) return labels;
  return Object.fromEntries(groupBy.map((name) => [name, labels[name] ?? '']));
}

/** The node with an id, or undefined when the configuration has lost it. */
export function routeById(root: RouteSettings, id: string): RouteSettings | undefined {
  if (root.id === id) return root;
  return root.routes.map((route) => routeById(route, id)).find((found) => found !== undefined);
}
