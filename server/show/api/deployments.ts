import { tenantFor } from '../access.ts';
import { announce } from '../answers.ts';
import { endpoint } from '../endpoint.ts';
import { deployment, newDeployment } from '../schemas/admin.ts';

export const deploymentEndpoints = [
  endpoint({
    method: 'post',
    path: '/api/v1/deployments',
    tag: 'Models',
    summary: 'Announce that a version goes live',
    description: '`at` is UTC milliseconds or ISO 8601 with offset; without it: now.',
    access: ['ingest', 'operate'],
    body: newDeployment,
    status: 201,
    response: deployment,
    handle: async ({ body, principal, nowMs, options }) => {
      const made = {
        tenant: tenantFor(principal, body.tenant),
        model: body.model,
        version: body.version,
        atMs: typeof body.at === 'string' ? Date.parse(body.at) : (body.at ?? nowMs),
      };
      announce(options, await options.control.recordDeployment({ ...made, source: principal.name }));
      return made;
    },
  }),
];
