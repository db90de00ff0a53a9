/** The table of pages: one line a page, loaded when it is first shown. */

export interface Route {
  readonly path: string;
  readonly tag: string;
  readonly title: string;
  readonly load: () => Promise<unknown>;
}

export const ROUTES: readonly Route[] = [
  { path: 'fleet', tag: 'page-fleet', title: 'Fleet', load: () => import('./pages/fleet.ts') },
  {
    path: 'models/:tenant/:model',
    tag: 'page-model',
    title: 'Model',
    load: () => import('./pages/model.ts'),
  },
  {
    path: 'incidents',
    tag: 'page-incidents',
    title: 'Incidents',
    load: () => import('./pages/incidents.ts'),
  },
  {
    path: 'incidents/:id',
    tag: 'page-incident',
    title: 'Incident',
    load: () => import('./pages/incident.ts'),
  },
  { path: 'scores/:id', tag: 'page-score', title: 'Explanation', load: () => import('./pages/score.ts') },
  { path: 'silences', tag: 'page-silences', title: 'Silences', load: () => import('./pages/silences.ts') },
  {
    path: 'deliveries',
    tag: 'page-deliveries',
    title: 'Deliveries',
    load: () => import('./pages/deliveries.ts'),
  },
  {
    path: 'receivers',
    tag: 'page-receivers',
    title: 'Receivers',
    load: () => import('./pages/receivers.ts'),
  },
  {
    path: 'start',
    tag: 'page-start',
    title: 'Send your first prediction',
    load: () => import('./pages/start.ts'),
  },
  { path: 'sign-in', tag: 'page-sign-in', title: 'Sign in', load: () => import('./pages/sign-in.ts') },
];
