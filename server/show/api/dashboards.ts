import { z } from '@hono/zod-openapi';
import { dashboards } from '../../../dashboards/index.ts';
import { endpoint, rawEndpoint, validated } from '../endpoint.ts';
import { notFound } from '../problems.ts';
import { dashboardList } from '../schemas/admin.ts';
import { name } from '../schemas/common.ts';

export const dashboardEndpoints = [
  endpoint({
    method: 'get',
    path: '/api/v1/dashboards',
    tag: 'Grafana',
    summary: 'Grafana dashboards that come with Leeway',
    access: ['read'],
    response: dashboardList,
    handle: async () => ({
      dashboards: dashboards.map(({ uid, title }) => ({ uid, title, url: `/api/v1/dashboards/${uid}.json` })),
    }),
  }),
  rawEndpoint({
    method: 'get',
    path: '/api/v1/dashboards/{file}',
    tag: 'Grafana',
    summary: 'One dashboard as Grafana imports it',
    description: '`file` is `<uid>.json`.',
    access: ['read'],
    params: z.strictObject({ file: name }),
    produces: 'application/json',
    response: z.looseObject({ uid: z.string(), title: z.string() }),
    handle: async (c) => {
      const { file } = validated<{ readonly file: string }>(c, 'param');
      const found = dashboards.find((dashboard) => `${dashboard.uid}.json` === file);
      if (found === undefined) throw notFound(`dashboard ${file}`);
      c.header('content-disposition', `attachment; filename="${found.uid}.json"`);
      return c.json(found);
    },
  }),
];
