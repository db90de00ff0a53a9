import { z } from '@hono/zod-openapi';
import { VIOLATIONS } from '../../model.ts';
import { count, list, maybe, number, text, time } from './common.ts';

const featureKind = z.enum(['number', 'category', 'boolean', 'text', 'embedding']);
const source = z.enum(['event', 'api', 'config']);

const declared = z.object({
  kind: maybe(featureKind),
  min: maybe(number),
  max: maybe(number),
  categories: maybe(list(text)),
  protected: z.boolean(),
});

export const schemaFields = {
  features: list(
    z.object({
      name: text,
      kind: maybe(featureKind),
      declared: maybe(declared),
      source: maybe(source),
      seen: list(z.object({ version: text, firstDayMs: time, lastDayMs: time })),
    }),
  ),
  history: list(
    z.object({ version: count, source, declaredAtMs: time, features: z.record(text, declared).readonly() }),
  ),
  violations: list(
    z.object({
      feature: text,
      kind: z.enum(VIOLATIONS),
      count,
      firstMs: time,
      lastMs: time,
      version: text,
    }),
  ),
  events: list(
    z.object({
      feature: text,
      what: z.enum(['kind_changed', 'contradiction', 'protected_late', 'never_seen']),
      firstAtMs: time,
      count,
      version: maybe(text),
      text,
    }),
  ),
};

/** A declaration as it is sent: what is left out is not declared. */
export const newSchema = z
  .strictObject({
    features: z
      .record(
        z.string(),
        z
          .strictObject({
            kind: featureKind.nullish(),
            min: z.number().nullish(),
            max: z.number().nullish(),
            categories: z.array(z.string().max(8192)).max(1000).nullish(),
            protected: z.boolean().default(false),
          })
          .refine(
            ({ min, max }) => typeof min !== 'number' || typeof max !== 'number' || min <= max,
            'expected min at most max',
          ),
      )
      .refine((features) => Object.keys(features).length <= 1000, 'expected at most 1000 features')
      .refine(
        (features) => Object.keys(features).every((one) => /^[^$].{0,299}$/su.test(one)),
        'expected names of 1 to 300 characters that do not start with $',
      ),
  })
  .openapi('NewSchema');

export const schemaParams = z.strictObject({
  tenant: z.string().min(1).max(300),
  model: z
    .string()
    .min(1)
    .max(128)
    .regex(/^\P{Cc}*$/u, 'expected a name without control characters'),
});
