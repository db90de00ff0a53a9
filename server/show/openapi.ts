import type { OpenAPIHono } from '@hono/zod-openapi';
import { SESSION_COOKIE } from './access.ts';
import type { ShowEnv, ShowOptions } from './options.ts';

/** The OpenAPI 3.1 document of everything on the app, made from the schemas that check requests. */
export function openApiDocument(app: OpenAPIHono<ShowEnv>, { version, settings }: ShowOptions) {
  app.openAPIRegistry.registerComponent('securitySchemes', 'key', {
    type: 'http',
    scheme: 'bearer',
    description: 'An API key; `x-api-key` works too. Scopes: admin includes operate, operate includes read.',
  });
  app.openAPIRegistry.registerComponent('securitySchemes', 'session', {
    type: 'apiKey',
    in: 'cookie',
    name: SESSION_COOKIE,
    description: 'Set by signing in. Changes also need the header `x-leeway-csrf: 1`.',
  });
  return app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Leeway',
      version,
      description:
        'Drift, fairness and error budgets of machine-learning models. Times are UTC milliseconds, shares 0..1.',
      license: { name: 'Apache-2.0' },
    },
    servers: [{ url: settings.publicUrl }],
  });
}
