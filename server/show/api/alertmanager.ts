import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { BadRequestError } from '../../errors.ts';
import type { Principal } from '../../model.ts';
import { authenticateProgram, authorize, CSRF_HEADER } from '../access.ts';
import type { ShowEnv, ShowOptions } from '../options.ts';
import { ready } from '../readiness.ts';
import { alertmanagerConfig, receiversIn, routesOfTenant } from '../views/alertmanager-config.ts';
import { ALERTMANAGER_VERSION, time } from '../views/alertmanager.ts';
import { listAlerts, listGroups } from './alertmanager-alerts.ts';
import { endSilence, listSilences, makeSilence, showSilence } from './alertmanager-silences.ts';

/**
 * API v2 of Prometheus Alertmanager, for programs that speak it: amtool, Karma. Alerts can be read, silences read, made and
 * ended. The caller's key is a bearer token or the password of basic authentication, and decides the tenant.
 */
export function addAlertmanagerApi(app: OpenAPIHono<ShowEnv>, options: ShowOptions): void {
  const startedAtMs = options.realClock.now();
  const read = guarded(options, 'read');
  const operate = guarded(options, 'operate');
  app.get('/-/healthy', (c) => c.text('OK'));
  app.get('/-/ready', ready(options));
  app.get(
    '/api/v2/status',
    read((c) => c.json(statusOf(c, options, startedAtMs))),
  );
  app.get(
    '/api/v2/receivers',
    read((c) => c.json(receiversOf(c, options))),
  );
  app.get(
    '/api/v2/alerts',
    read(async (c) => c.json(await listAlerts(c, options))),
  );
  app.get(
    '/api/v2/alerts/groups',
    read(async (c) => c.json(await listGroups(c, options))),
  );
  app.post('/api/v2/alerts', operate(refuseAlerts));
  app.get(
    '/api/v2/silences',
    read(async (c) => c.json(await listSilences(c, options))),
  );
  app.post(
    '/api/v2/silences',
    operate(async (c) => c.json(await makeSilence(c, options))),
  );
  app.get(
    '/api/v2/silence/:id',
    read(async (c) => c.json(await showSilence(c, options))),
  );
  app.delete(
    '/api/v2/silence/:id',
    operate(async (c) => c.body(await endSilence(c, options))),
  );
}

type Handle = (c: Context<ShowEnv>) => Response | Promise<Response>;

/** Who calls, and may they; a refusal of the input is a JSON text, as the clients of Alertmanager read it. */
function guarded(options: ShowOptions, scope: 'read' | 'operate'): (handle: Handle) => Handle {
  return (handle) => async (c) => {
    const caller = await authenticateProgram(c, options);
    authorize(caller, [scope], c.req.method === 'GET' ? null : { header: c.req.header(CSRF_HEADER) });
    c.set('caller', caller);
    c.header('cache-control', 'no-store');
    try {
      return await handle(c);
    } catch (error) {
      // From the control thread an error comes by its name only.
      if (error instanceof BadRequestError && error.status !== 400) throw error;
      if (error instanceof Error && error.name === 'BadRequestError') return c.json(error.message, 400);
      throw error;
    }
  };
}

function statusOf(c: Context<ShowEnv>, options: ShowOptions, startedAtMs: number): object {
  const { route } = options.settings;
  return {
    cluster: { status: 'disabled', peers: [] },
    versionInfo: {
      version: ALERTMANAGER_VERSION,
      revision: options.version,
      branch: 'leeway',
      buildUser: '',
      buildDate: '',
      goVersion: '',
    },
    config: { original: alertmanagerConfig(routesOfTenant(route, principalOf(c).tenant)) },
    uptime: time(startedAtMs),
  };
}

function receiversOf(c: Context<ShowEnv>, { settings }: ShowOptions): readonly { readonly name: string }[] {
  return receiversIn(routesOfTenant(settings.route, principalOf(c).tenant)).map((name) => ({ name }));
}

function principalOf(c: Context<ShowEnv>): Principal {
  return c.get('caller').principal;
}

function refuseAlerts(): never {
  throw new BadRequestError(
    'Leeway makes its alerts itself, from what models send; it takes none from others. Send those to an Alertmanager.',
  );
}
