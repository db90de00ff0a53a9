import { z } from '@hono/zod-openapi';
import type { Declaration, ModelKey, ModelSchema } from '../../model.ts';
import { maySee } from '../access.ts';
import { announce, valueOf } from '../answers.ts';
import { endpoint } from '../endpoint.ts';
import { asOfNow } from '../fleet-state.ts';
import type { ShowOptions } from '../options.ts';
import { notFound } from '../problems.ts';
import { asOf, modelParams, text } from '../schemas/common.ts';
import { newSchema, schemaFields, schemaParams } from '../schemas/schema.ts';
import { isOf, modelFacts } from '../views/facts.ts';
import { expectedSchema } from '../views/schema.ts';

const response = z.object({ ...asOf, tenant: text, model: text, ...schemaFields }).openapi('ModelSchema');
const path = '/api/v1/models/{tenant}/{model}/schema';

export const schemaEndpoints = [
  endpoint({
    method: 'get',
    path,
    tag: 'Models',
    summary: 'Features of a model: found in the traffic, declared, and where the two differ',
    access: ['read'],
    params: modelParams,
    response,
    handle: async ({ params, principal, options }) => {
      if (!maySee(principal, params.tenant)) throw missing(params);
      return { ...asOfNow(options), ...(await readSchema(options, params)) };
    },
  }),
  endpoint({
    method: 'put',
    path,
    tag: 'Models',
    summary: "Declare a model's features: kinds, ranges, categories, protected attributes",
    description:
      'Takes the place of what the API declared before; the same again changes nothing. What leeway.yaml declares of a feature outranks it. A kind decides how a feature is stored before its first value; a feature that is stored already keeps its kind, and the answer says so in `events`.',
    access: ['operate'],
    params: schemaParams,
    body: newSchema,
    response,
    handle: async ({ params, body, principal, nowMs, options }) => {
      if (!maySee(principal, params.tenant)) throw missing(params);
      const { tenant, model } = params;
      const features = declarationOf(body.features);
      const answer = await options.telemetry.declareSchema({ key: { tenant, model }, features, nowMs });
      const notices = valueOf(answer);
      const [declared] = notices;
      if (declared !== undefined)
        await options.control.recordDeclaration({
          tenant,
          model,
          text: declared.text,
          actor: principal.name,
          nowMs,
        });
      const changes = notices.map((notice) => ({ kind: 'schema', tenant, id: '', ...notice }) as const);
      announce(options, changes);
      return { ...asOfNow(options), ...(await readSchema(options, params)) };
    },
  }),
];

async function readSchema(options: ShowOptions, key: ModelKey): Promise<ModelSchema> {
  const schema = await options.telemetry.schema(key);
  if (schema !== null) return schema;
  const facts = modelFacts({ ...options, catalog: [], tenant: key.tenant }).find(isOf(key));
  if (facts === undefined) throw missing(key);
  return expectedSchema(facts);
}

function missing({ tenant, model }: ModelKey): Error {
  return notFound(`model ${model} in tenant ${tenant}`);
}

function declarationOf(features: z.output<typeof newSchema>['features']): Declaration {
  return Object.fromEntries(
    Object.entries(features).map(([name, { kind, min, max, categories, protected: isProtected }]) => [
      name,
      {
        kind: kind ?? null,
        min: min ?? null,
        max: max ?? null,
        categories: categories ?? null,
        protected: isProtected,
      },
    ]),
  );
}
