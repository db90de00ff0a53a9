import { endpoint } from '../endpoint.ts';
import { detectorList } from '../schemas/checks.ts';

export const detectorEndpoints = [
  endpoint({
    method: 'get',
    path: '/api/v1/detectors',
    tag: 'Models',
    summary: 'Every detector: what it is called, and what its values are counted in',
    access: ['read'],
    response: detectorList,
    handle: async ({ options }) => ({
      detectors: [...options.detectors].map(([id, { title, unit }]) => ({ id, title, unit })),
    }),
  }),
];
