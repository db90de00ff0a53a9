import { z } from 'zod';

/** OpenSLO v1 as far as it is read here; what else a document says is let pass. */

const text = z.string();
const metadata = z.looseObject({ name: text, displayName: text.optional() });

/** Queries are texts of a vendor, but for sources of the type `leeway`. */
const metric = z.looseObject({
  metricSource: z
    .looseObject({
      type: text.optional(),
      metricSourceRef: text.optional(),
      spec: z.looseObject({}).optional(),
    })
    .optional(),
});

export const sliSpec = z.looseObject({
  thresholdMetric: metric.optional(),
  ratioMetric: z
    .looseObject({
      counter: z.boolean().optional(),
      good: metric.optional(),
      bad: metric.optional(),
      total: metric.optional(),
      raw: metric.optional(),
      rawType: z.enum(['success', 'failure']).optional(),
    })
    .optional(),
});

const inlineSli = z.looseObject({ metadata: metadata.optional(), spec: sliSpec });

export const objectiveSchema = z.looseObject({
  displayName: text.optional(),
  op: z.enum(['lte', 'gte', 'lt', 'gt']).optional(),
  value: z.number().optional(),
  target: z.number().min(0).lt(1).optional(),
  targetPercent: z.number().min(0).lt(100).optional(),
  timeSliceTarget: z.number().optional(),
  timeSliceWindow: text.optional(),
  indicator: inlineSli.optional(),
  indicatorRef: text.optional(),
  compositeWeight: z.number().optional(),
});

const timeWindow = z.looseObject({
  duration: text,
  isRolling: z.boolean().optional(),
  calendar: z.looseObject({ startTime: text, timeZone: text }).optional(),
});

const policyOrRef = z.union([
  text,
  z.looseObject({ alertPolicyRef: text }),
  z.looseObject({ kind: text.optional(), spec: z.looseObject({}) }),
]);

export const sloDocument = z.looseObject({
  metadata,
  spec: z.looseObject({
    description: text.max(1050).optional(),
    service: text,
    indicator: inlineSli.optional(),
    indicatorRef: text.optional(),
    timeWindow: z.array(timeWindow).length(1, 'expected exactly one timeWindow'),
    budgetingMethod: text.optional(),
    objectives: z.array(objectiveSchema).min(1),
    alertPolicies: z.array(policyOrRef).optional(),
  }),
});

export const policySpec = z.looseObject({
  alertWhenNoData: z.boolean().optional(),
  conditions: z
    .array(z.union([z.looseObject({ conditionRef: text }), z.looseObject({ spec: z.looseObject({}) })]))
    .length(1, 'expected exactly one condition'),
});

export const conditionSpec = z.looseObject({
  severity: text.optional(),
  condition: z.looseObject({
    kind: text,
    op: text.optional(),
    threshold: z.number().optional(),
    lookbackWindow: text.optional(),
    alertAfter: text.optional(),
  }),
});

export const anyDocument = z.looseObject({
  apiVersion: text,
  kind: text,
  metadata: metadata.optional(),
  spec: z.looseObject({}).optional(),
});

export type SloDocument = z.output<typeof sloDocument>;
export type ObjectiveFile = z.output<typeof objectiveSchema>;
export type SliSpec = z.output<typeof sliSpec>;
export type AnyDocument = z.output<typeof anyDocument>;
