import type { Labels } from '../model.ts';
import type { RouteSettings } from '../settings.ts';
import { matchesAll, matcherText } from './matchers.ts';

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
  const handling = new Set(routesFor(root, labels));
  return tried(root, { labels, handling, depth: 0, closedBy: null });
}

interface Looking {
  readonly labels: Labels;
  readonly handling: ReadonlySet<RouteSettings>;
  readonly depth: number;
  /** Why nothing further is looked at; null: it is. */
  readonly closedBy: string | null;
}

function tried(route: RouteSettings, looking: Looking): readonly Tried[] {
  const decided = decide(route, looking);
  const isOpen = decided.outcome === 'handles' || decided.outcome === 'passes_down';
  const below: Tried[] = [];
  let closedBy = isOpen ? null : (looking.closedBy ?? `its parent ${route.id} does not match`);
  for (const child of route.routes) {
    below.push(...tried(child, { ...looking, depth: looking.depth + 1, closedBy }));
    if (closedBy === null && !child.continues && matchesAll(child.matchers, looking.labels))
      closedBy = `${child.id} took the alert and does not continue`;
  }
  return [{ route: route.id, depth: looking.depth, ...decided }, ...below];
}

function decide(
  route: RouteSettings,
  { labels, handling, closedBy }: Looking,
): Pick<Tried, 'outcome' | 'why'> {
  if (closedBy !== null) return { outcome: 'not_reached', why: closedBy };
  const unmet = route.matchers.find((matcher) => !matchesAll([matcher], labels));
  if (unmet !== undefined) {
    const got = matcherText({ name: unmet.name, op: '=', value: labels[unmet.name] ?? '' });
    return { outcome: 'does_not_match', why: `expected ${matcherText(unmet)}, got ${got}` };
  }
  if (!handling.has(route))
    return { outcome: 'passes_down', why: 'it matches, and so does a route below it' };
  const isLeaf = route.routes.length === 0;
  return { outcome: 'handles', why: isLeaf ? 'it matches' : 'it matches, and no route below it does' };
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
