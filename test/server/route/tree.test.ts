import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groupLabels, routeById, routesFor, triedRoutes } from '../../../server/route/tree.ts';
import type { RouteSettings } from '../../../server/settings.ts';
import { toRoute } from '../../../server/config-route.ts';
import { anyLabels, anyTree } from './any-tree.ts';
import { matchersOf, routeWith } from './routes.ts';

interface Node {
  readonly continues?: boolean;
  readonly routes?: readonly RouteSettings[];
}

const route = (id: string, match: string, { continues = false, routes = [] }: Node = {}): RouteSettings =>
  routeWith({ id, matchers: matchersOf(match), continues, routes });

const tree = route('root', '', {
  routes: [
    route('mirror', '', { continues: true }),
    route('acme', 'tenant=acme', {
      routes: [
        route('acme-audit', 'severity=~"page|ticket"', { continues: true }),
        route('acme-page', 'severity=page'),
        route('acme-fraud', 'model=fraud'),
      ],
    }),
    route('pages', 'severity=page', { continues: true }),
    route('nights', 'severity=page'),
    route('unowned', 'owner=""'),
  ],
});

describe('an alert is handled by', () => {
  it.each([
    ['the first child that matches', 'tenant=acme,model=fraud', ['mirror', 'acme-fraud']],
    [
      'every child up to the first that does not continue',
      'tenant=acme,severity=page',
      ['mirror', 'acme-audit', 'acme-page'],
    ],
    [
      'a child that continues alone, when nothing after it matches',
      'tenant=acme,severity=ticket',
      ['mirror', 'acme-audit'],
    ],
    ['a node none of whose children match', 'tenant=acme,severity=none', ['mirror', 'acme']],
    [
      'no later sibling of a match below a node',
      'tenant=acme,severity=page,owner=me',
      ['mirror', 'acme-audit', 'acme-page'],
    ],
    ['siblings with the same matchers, both', 'tenant=other,severity=page', ['mirror', 'pages', 'nights']],
    ['a route that asks for a label to be missing', 'tenant=other', ['mirror', 'unowned']],
    ['the mirror alone', 'tenant=other,owner=me', ['mirror']],
  ])('%s: %s', (_what, labels, expected) => {
    expect(routesFor(tree, labelsOf(labels)).map(({ id }) => id)).toEqual(expected);
  });

  it('the root, when no child matches', () => {
    const lonely = route('root', '', { routes: [route('child', 'a=b')] });
    expect(routesFor(lonely, {}).map(({ id }) => id)).toEqual(['root']);
    expect(routesFor(route('root', ''), { a: 'b' }).map(({ id }) => id)).toEqual(['root']);
  });
});

describe('what was tried, top to bottom', () => {
  it('says of every node what became of it', () => {
    const lines = triedRoutes(tree, { tenant: 'acme', severity: 'page' }).map(
      ({ route: id, depth, outcome }) => `${depth} ${id} ${outcome}`,
    );
    expect(lines).toEqual([
      '0 root passes_down',
      '1 mirror handles',
      '1 acme passes_down',
      '2 acme-audit handles',
      '2 acme-page handles',
      '2 acme-fraud not_reached',
      '1 pages not_reached',
      '1 nights not_reached',
      '1 unowned not_reached',
    ]);
  });

  it('says why', () => {
    const why = new Map(
      triedRoutes(tree, { tenant: 'other', owner: 'me' }).map((tried) => [tried.route, tried.why]),
    );
    expect(why.get('root')).toBe('it matches, and so does a route below it');
    expect(why.get('mirror')).toBe('it matches');
    expect(why.get('acme')).toBe('expected tenant="acme", got tenant="other"');
    expect(why.get('acme-page')).toBe('its parent acme does not match');
    expect(why.get('unowned')).toBe('expected owner="", got owner="me"');
    const reached = triedRoutes(tree, { tenant: 'acme' });
    expect(reached.find(({ route: id }) => id === 'acme')?.why).toBe(
      'it matches, and no route below it does',
    );
    expect(reached.find(({ route: id }) => id === 'pages')?.why).toBe(
      'acme took the alert and does not continue',
    );
  });
});

describe('in any tree', () => {
  const tree = anyTree.map((file) => toRoute(file));

  it('the nodes said to handle are those that do, in the same order, and every node is told of once', () => {
    fc.assert(
      fc.property(tree, anyLabels, (any, labels) => {
        const tried = triedRoutes(any, labels);
        const handling = tried.filter(({ outcome }) => outcome === 'handles').map(({ route: id }) => id);
        expect(handling).toEqual(routesFor(any, labels).map(({ id }) => id));
        expect(handling.length).toBeGreaterThan(0);
        expect(tried.map(({ route: id }) => id)).toEqual(idsOf(any));
      }),
      { numRuns: 1000 },
    );
  });

  it('each node is found by its id', () => {
    fc.assert(
      fc.property(tree, (any) => {
        for (const id of idsOf(any)) expect(routeById(any, id)?.id).toBe(id);
        expect(routeById(any, 'gone')).toBeUndefined();
      }),
    );
  });
});

describe('the labels of a group', () => {
  const labels = { tenant: 'acme', model: 'fraud', severity: 'page' };
  it.each([
    [['tenant'], { tenant: 'acme' }],
    [['tenant', 'team'], { tenant: 'acme', team: '' }],
    [['...'], labels],
  ])('grouped by %j', (groupBy, expected) => {
    expect(groupLabels(routeWith({ groupBy }), labels)).toEqual(expected);
  });
});

function labelsOf(text: string): Record<string, string> {
  return Object.fromEntries(text.split(',').map((pair) => pair.split('=') as [string, string]));
}

function idsOf(any: RouteSettings): readonly string[] {
  return [any.id, ...any.routes.flatMap(idsOf)];
}
