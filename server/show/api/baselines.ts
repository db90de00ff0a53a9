import { z } from '@hono/zod-openapi';
import type { BaselineSource, ModelKey, Principal } from '../../model.ts';
import { tenantFor } from '../access.ts';
import { valueOf } from '../answers.ts';
import { endpoint } from '../endpoint.ts';
import type { ShowOptions } from '../options.ts';
import { notFound } from '../problems.ts';
import { baselineEntry, baselineList, baselineQuery, newBaseline, setQuery } from '../schemas/baselines.ts';
import { count } from '../schemas/common.ts';

const path = '/api/v1/baselines';

export const baselineEndpoints = [
  endpoint({
    method: 'get',
    path,
    tag: 'Baselines',
    summary: 'What a model is judged against, everything it was judged against before, and its uploaded sets',
    access: ['read'],
    query: baselineQuery,
    response: baselineList,
    handle: async ({ query, principal, options }) => {
      const key = await knownModel(options, principal, query);
      const { telemetry } = options;
      const [baselines, sets] = [await telemetry.baselines(key), await telemetry.referenceSets(key)];
      return { ...key, configured: configuredSource(options, key), baselines, sets };
    },
  }),
  endpoint({
    method: 'put',
    path,
    tag: 'Baselines',
    summary: 'Freeze a baseline now, and judge the model against it',
    description:
      'Made of an uploaded set, of the first rows, of rows shipped as reference, or of a period, without ranges that are excluded. It stands until leeway.yaml names another source, or the choice is withdrawn. Everything stored is counted again in its cells; that may take a minute. 409 says in words why the source gives none yet.',
    access: ['operate'],
    query: baselineQuery,
    body: newBaseline,
    response: baselineEntry,
    handle: async ({ query, body, principal, nowMs, options }) => {
      const key = await knownModel(options, principal, query);
      const instead = configuredSource(options, key);
      const { source } = body;
      return valueOf(
        await options.telemetry.chooseBaseline({ key, source, instead, actor: principal.name, nowMs }),
      );
    },
  }),
  endpoint({
    method: 'delete',
    path,
    tag: 'Baselines',
    summary: 'Withdraw the choice made by the API: what leeway.yaml says counts again',
    description: 'The baseline stays until the configured source gives one.',
    access: ['operate'],
    query: baselineQuery,
    response: baselineEntry,
    handle: async ({ query, principal, nowMs, options }) => {
      const key = await knownModel(options, principal, query);
      return valueOf(await options.telemetry.withdrawBaseline({ key, nowMs }));
    },
  }),
  endpoint({
    method: 'delete',
    path: `${path}/sets`,
    tag: 'Baselines',
    summary: 'Delete the rows of an uploaded set',
    description: 'Not while the baseline of the model is made of it. Baselines that were made of it stay.',
    access: ['operate'],
    query: setQuery,
    response: z.object({ rows: count }).openapi('DeletedSet'),
    handle: async ({ query, principal, options }) => {
      const key = await knownModel(options, principal, query);
      return valueOf(await options.telemetry.deleteReferenceSet({ key, set: query.set }));
    },
  }),
];

/** A model that is configured or was sent. Throws 404. */
async function knownModel(
  { telemetry, settings }: ShowOptions,
  principal: Principal,
  asked: { readonly tenant?: string | undefined; readonly model: string },
): Promise<ModelKey> {
  const key = { tenant: tenantFor(principal, asked.tenant), model: asked.model };
  const isKey = (one: ModelKey) => one.tenant === key.tenant && one.model === key.model;
  if (settings.models.some(isKey) || (await telemetry.catalog()).some(isKey)) return key;
  throw notFound(`model ${key.model} in tenant ${key.tenant}`);
}

function configuredSource({ settings, defaultModel }: ShowOptions, key: ModelKey): BaselineSource {
  const own = settings.models.find(({ tenant, model }) => tenant === key.tenant && model === key.model);
  return (own ?? defaultModel(key)).baseline;
}
