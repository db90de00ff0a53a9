import { z } from '@hono/zod-openapi';
import { maySee } from '../access.ts';
import { rawEndpoint, validated } from '../endpoint.ts';
import { impactOf } from '../impact.ts';
import { notFound } from '../problems.ts';
import { idParams } from '../schemas/common.ts';
import { alertTold } from '../views/alert-told.ts';
import { postMortem } from '../views/post-mortem.ts';
import { postMortemMarkdown } from '../views/post-mortem-markdown.ts';

const query = z.strictObject({ format: z.enum(['markdown', 'json']).default('markdown') });

export const postMortemEndpoints = [
  rawEndpoint({
    method: 'get',
    path: '/api/v1/incidents/{id}/post-mortem',
    tag: 'Incidents',
    summary: 'A draft of a post-mortem: what is known of an incident, each fact with its link',
    description:
      'Markdown, or the same as JSON with `format=json`. Impact is counted from the begin of the first bad window to the end. What came from outside is escaped.',
    access: ['read'],
    params: idParams,
    query,
    produces: 'text/markdown',
    handle: async (c, options) => {
      const { id } = validated<z.output<typeof idParams>>(c, 'param');
      const { format } = validated<z.output<typeof query>>(c, 'query');
      const record = await options.control.incident(id);
      if (record === null || !maySee(c.get('caller').principal, record.tenant))
        throw notFound(`incident ${id}`);
      const nowMs = options.clock.now();
      const report = postMortem({
        record,
        impact: await impactOf(options, record, nowMs),
        unitOf: (alert) => alertTold(options, alert).unit,
        publicUrl: options.settings.publicUrl,
        nowMs,
      });
      c.header('cache-control', 'no-store');
      if (format === 'json') return c.json(report);
      return c.body(postMortemMarkdown(report), 200, {
        'content-type': 'text/markdown; charset=utf-8',
        'content-disposition': `attachment; filename="${fileName(id)}"`,
      });
    },
  }),
];

function fileName(id: string): string {
  return `post-mortem-${id.replaceAll(/[^\w-]/g, '_')}.md`;
}
