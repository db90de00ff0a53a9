import { z } from '@hono/zod-openapi';
import type { Silence } from '../../model.ts';
import { tenantFor } from '../access.ts';
import { announce, valueOf } from '../answers.ts';
import { endpoint } from '../endpoint.ts';
import { asOfNow } from '../fleet-state.ts';
import type { ShowOptions } from '../options.ts';
import { newSilence, previewedSilence, silence, silenceList, silencePreview } from '../schemas/alerts.ts';
import { idParams } from '../schemas/common.ts';
import { alertTold } from '../views/alert-told.ts';

function tell(options: ShowOptions, { id, tenant, matchers }: Silence, text: string): void {
  announce(options, [
    {
      kind: 'silence',
      tenant,
      model: matchers.find(({ name, op }) => name === 'model' && op === '=')?.value ?? null,
      id,
      text,
    },
  ]);
}

async function silencesIn(
  { control }: ShowOptions,
  state: 'active' | 'pending' | 'expired' | undefined,
  { tenant, nowMs }: { readonly tenant: string | null; readonly nowMs: number },
): Promise<readonly Silence[]> {
  if (state === 'expired') return control.endedSilences(tenant, nowMs);
  const living = await control.silences(tenant, nowMs);
  return state === undefined
    ? living
    : living.filter(({ fromMs }) => fromMs <= nowMs === (state === 'active'));
}

export const silenceEndpoints = [
  endpoint({
    method: 'get',
    path: '/api/v1/silences',
    tag: 'Alerts',
    summary:
      'Silences that are in force or to come, or with state=expired those of the last 28 days that have ended',
    access: ['read'],
    query: z.strictObject({ state: z.enum(['active', 'pending', 'expired']).optional() }),
    response: silenceList,
    handle: async ({ query, principal, nowMs, options }) => ({
      ...asOfNow(options),
      longestSilenceMs: options.settings.longestSilenceMs,
      silences: await silencesIn(options, query.state, { tenant: principal.tenant, nowMs }),
    }),
  }),
  endpoint({
    method: 'post',
    path: '/api/v1/silences',
    tag: 'Alerts',
    summary:
      'Keep quiet about alerts that match, from now on; longestSilence of the configuration is the limit',
    description:
      'Alerts still open and close; what ends while silenced is still announced if it was announced firing.',
    access: ['operate'],
    body: newSilence,
    status: 201,
    response: silence,
    handle: async ({ body, principal, nowMs, options }) => {
      const { durationMs, reason } = body;
      const made = await options.control.createSilence(
        {
          tenant: tenantFor(principal, body.tenant),
          matchers: body.matchers,
          fromMs: nowMs,
          toMs: nowMs + durationMs,
          author: principal.name,
          reason,
        },
        nowMs,
      );
      tell(options, made, `Silenced by ${made.author}: ${made.reason}`);
      return made;
    },
  }),
  endpoint({
    method: 'post',
    path: '/api/v1/silences/preview',
    tag: 'Alerts',
    summary: 'What a silence would hold back now, and would have held back in the last seven days',
    description:
      'Nothing is silenced. Matchers that no silence may have are refused in words, with the one that is wrong.',
    access: ['read'],
    body: previewedSilence,
    response: silencePreview,
    handle: async ({ body, principal, nowMs, options }) => {
      const tenant = tenantFor(principal, body.tenant);
      const { matchers } = body;
      const found = await options.control.previewSilence({ tenant, matchers, nowMs });
      return {
        ...asOfNow(options),
        firing: found.firing.map((alert) => alertTold(options, alert)),
        lately: found.lately.map((alert) => alertTold(options, alert)),
        warnings: found.warnings,
        longestSilenceMs: options.settings.longestSilenceMs,
      };
    },
  }),
  endpoint({
    method: 'delete',
    path: '/api/v1/silences/{id}',
    tag: 'Alerts',
    summary: 'End a silence now',
    access: ['operate'],
    params: idParams,
    response: silence,
    handle: async ({ params, principal, nowMs, options }) => {
      const { tenant, name: actor } = principal;
      const ended = valueOf(await options.control.expireSilence({ id: params.id, tenant, actor, nowMs }));
      tell(options, ended, `Silence ended by ${actor}`);
      return ended;
    },
  }),
];
