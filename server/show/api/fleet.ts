import { endpoint } from '../endpoint.ts';
import { fleetModels, readFleet } from '../fleet-state.ts';
import { fleet } from '../schemas/model.ts';
import { worstFirst } from '../views/fleet-row.ts';
import { overriddenFor, unmatchedModels } from '../views/overrides.ts';

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
      const models = fleetModels(state, options.rules);
      const rules = overriddenFor(options.rules, principal.tenant);
      return {
        ...state.asOf,
        rows: models.map((model) => model.row).sort(worstFirst),
        unmatchedOverrides: unmatchedModels(
          rules,
          models.map(({ facts, scores }) => ({ facts, latest: scores })),
        ),
      };
    },
  }),
];
