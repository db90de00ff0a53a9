import { describe, expect, it } from 'vitest';
import { routeById, routesFor } from '../../../server/route/tree.ts';
import type { RouteSettings } from '../../../server/settings.ts';
import { matchersOf, routeWith } from './routes.ts';

const route = (id: string, match: readonly string[], routes: readonly RouteSettings[] = []): RouteSettings =>
  routeWith({ id, matchers: matchersOf(...match), routes });

const tree = route(
  'root',
  [],
  [
    route(
      'acme',
      ['tenant="acme"'],
      [route('acme-page', ['severity="page"']), route('acme-delay', ['model=delay'])],
    ),
    route('fairness', ['kind=~"fair.*"']),
    route('pages', ['severity="page"']),
  ],
);

describe('the route of an alert', () => {
  it.each([
    ['acme', 'delay', 'page', 'drift', 'acme-page'],
    ['acme', 'delay', 'ticket', 'drift', 'acme-delay'],
    ['acme', 'fraud', 'ticket', 'fairness', 'acme'],
    ['other', 'delay', 'ticket', 'fairness', 'fairness'],
    ['other', 'delay', 'page', 'drift', 'pages'],
    ['other', 'delay', 'ticket', 'drift', 'root'],
  ])('%s %s %s %s goes to %s', (tenant, model, severity, kind, expected) => {
    expect(routesFor(tree, { tenant, model, severity, kind }).map(({ id }) => id)).toEqual([expected]);
  });

  it('is found by its id, and missing when the configuration lost it', () => {
    expect(routeById(tree, 'acme-delay')?.matchers).toEqual(matchersOf('model="delay"'));
    expect(routeById(tree, 'gone')).toBeUndefined();
  });
});
