import { endpoint } from '../endpoint.ts';
import { fleetModels, readFleet } from '../fleet-state.ts';
import { fleet } from '../schemas/model.ts';
import { worstFirst } from '../views/fleet-row.ts';

export const fleetEndpoints = [
  endpoint({
    method: 'get',
    path: '/api/v1/fleet',
    tag: 'Models',
    summary: 'Every model, worst first',
    access: ['read'],
    response: fleet,
    handle: async ({ principal, options }) => {
      const state = await readFleet(options, principal.tenant);
      const rows = fleetModels(state, options.rules).map((model) => model.row);
      return { ...state.asOf, rows: rows.sort(worstFirst) };
    },
  }),
];
