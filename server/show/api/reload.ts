import { z } from '@hono/zod-openapi';
import { BadRequestError } from '../../errors.ts';
import { endpoint } from '../endpoint.ts';
import { count, list, text, time } from '../schemas/common.ts';

const reloadAnswer = z
  .object({
    applied: z.boolean(),
    changed: list(text),
    needsRestart: list(text),
    tells: list(
      z.object({ tenant: text, receiver: text, reason: text, atMs: time, title: text, alerts: count }),
    ),
  })
  .openapi('Reload');

export const reloadEndpoints = [
  endpoint({
    method: 'post',
    path: '/api/v1/reload',
    tag: 'Access',
    summary: 'Read the configuration and the rules again',
    description:
      'Routes, receivers, calendars, inhibitions, the egress list and rules change at once; alerts, groups and what was told stay. `tells` lists every notice that is sent within an hour because of it. With `dryRun` nothing changes. A mistake in the files is refused with file, line and column, and the old configuration runs on.',
    access: ['admin'],
    body: z.strictObject({ dryRun: z.boolean().default(false) }).openapi('ReloadRequest'),
    response: reloadAnswer,
    handle: async ({ body, principal, options }) => {
      if (principal.tenant !== null)
        throw new BadRequestError('The configuration is of all tenants; a key of one cannot reload it.', {
          status: 403,
        });
      return options.reload({ actor: principal.name, dryRun: body.dryRun });
    },
  }),
];
