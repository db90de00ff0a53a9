import type { Handler } from 'hono';
import { authenticateProgram, authorize } from './access.ts';
import { fleetModels, readFleet } from './fleet-state.ts';
import type { ShowEnv, ShowOptions } from './options.ts';
import { stateSamples } from './samples.ts';
import { ALERTMANAGER_VERSION } from './views/alertmanager.ts';
import { onlyTenant, type Sample } from './series.ts';

/** Two scrapers, or an impatient one, cost the stores one read a second. */
const KEEP_MS = 1000;

/**
 * GET /metrics. The series name every tenant, model and feature, so a key with the scope read is needed: one that sees
 * all tenants gets everything, a key of one tenant its own series only. `listen.openMetrics` opens it without a key.
 */
export function serveMetrics(options: ShowOptions): Handler<ShowEnv> {
  const page = cachedPage(options);
  return async function scrape(c) {
    const tenant = options.settings.listen.openMetrics === true ? null : await tenantOf(c, options);
    const text = await page();
    c.header('content-type', options.metrics.contentType);
    c.header('cache-control', 'no-store');
    return c.body(tenant === null ? text : onlyTenant(text, tenant));
  };
}

async function tenantOf(c: Parameters<Handler<ShowEnv>>[0], options: ShowOptions): Promise<string | null> {
  const caller = await authenticateProgram(c, options);
  authorize(caller, ['read'], null);
  return caller.principal.tenant;
}

/** The page of the last second; scrapes at the same moment share one. */
function cachedPage(options: ShowOptions): () => Promise<string> {
  let madeAtMs = -Infinity;
  let page: Promise<string> | null = null;
  return () => {
    const nowMs = options.realClock.now();
    if (page === null || nowMs - madeAtMs >= KEEP_MS) {
      madeAtMs = nowMs;
      page = (page ?? Promise.resolve()).then(
        () => makePage(options),
        () => makePage(options),
      );
    }
    return page;
  };
}

/** Karma asks for it before it talks to an Alertmanager. */
const SPEAKS: Sample = {
  family: 'alertmanager_build_info',
  labels: { version: ALERTMANAGER_VERSION },
  value: 1,
};

async function makePage(options: ShowOptions): Promise<string> {
  const info: Sample = {
    family: 'leeway_build_info',
    labels: { version: options.version, external_url: options.settings.publicUrl },
    value: 1,
  };
  return options.metrics.render([info, SPEAKS, ...(await readSamples(options))]);
}

/** A store that fails takes its own series away, not those of the process, which tell why. */
async function readSamples(options: ShowOptions): Promise<readonly Sample[]> {
  try {
    const [state, health, counters, sloTotals] = await Promise.all([
      readFleet(options, null),
      options.telemetry.health(),
      options.control.counters(),
      options.telemetry.sloTotals(),
    ]);
    const models = fleetModels(state, options.rules);
    return stateSamples({ ...state, models, health, counters, sloTotals, rules: options.rules });
  } catch (error) {
    options.log.warn('A scrape could not read the stores.', { cause: String(error) });
    return [{ family: 'leeway_store_readable', labels: {}, value: 0 }];
  }
}
