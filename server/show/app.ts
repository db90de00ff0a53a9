import { OpenAPIHono } from '@hono/zod-openapi';
import { addAlertmanagerApi } from './api/alertmanager.ts';
import { ENDPOINTS } from './api/index.ts';
import { addEndpoint, refuseInvalid } from './endpoint.ts';
import { openApiDocument } from './openapi.ts';
import type { ShowEnv, ShowOptions } from './options.ts';
import { answerError, problem } from './problems.ts';
import { alive, ready } from './readiness.ts';
import { serveMetrics } from './scrape.ts';
import { securityHeaders } from './security-headers.ts';
import { readStaticFiles, serveUi } from './static-files.ts';

export type { ShowEnv, ShowOptions } from './options.ts';

/** The web application of the UI port: REST, live events, OpenAPI, metrics, health, and the pages. */
export function showApp(options: ShowOptions): OpenAPIHono<ShowEnv> {
  const app = new OpenAPIHono<ShowEnv>({ defaultHook: (result) => refuseInvalid(result) });
  app.onError(answerError(options.log));
  app.notFound((c) =>
    problem(c, { status: 404, message: `No such address: ${c.req.method} ${c.req.path}.` }),
  );
  app.use(securityHeaders());
  app.get('/healthz', alive());
  app.get('/readyz', ready(options));
  app.get('/metrics', serveMetrics(options));
  for (const one of ENDPOINTS) addEndpoint(app, one, options);
  addAlertmanagerApi(app, options);
  options.mount?.(app);
  const document = openApiDocument(app, options);
  app.get('/openapi.json', (c) => c.json(document));
  app.all('/api/*', (c) => c.notFound());
  app.get('*', serveUi(readStaticFiles(options.uiFolder)));
  return app;
}
