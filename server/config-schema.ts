import { z } from 'zod';
import { duration, name, percent, secret, url, UNITS_MS } from './config-common.ts';
import { egressSchema } from './config-egress.ts';
import { receiverSchema } from './config-receivers.ts';
import { calendarsSchema, inhibitSchema, ROOT_ROUTE, routeSchema } from './config-route.ts';
import { sloSchema } from './config-slo.ts';

/** What `leeway.yaml` may say; the one schema behind validation, defaults and the documentation. */

const windowLength = duration.refine(
  (ms) => ms >= UNITS_MS.h && ms % UNITS_MS.h === 0,
  'expected a multiple of 1h, the grain of counts older than two days',
);
const period = z.strictObject({
  from: z.iso.datetime({ offset: true }),
  to: z.iso.datetime({ offset: true }),
});

const baseline = z.union(
  [
    z.strictObject({ reference: z.strictObject({ minRows: z.int().min(200).default(2000) }) }),
    z.strictObject({
      period: z.strictObject({ ...period.shape, exclude: z.array(period).max(100).optional() }),
    }),
    z.strictObject({ uploaded: z.strictObject({ set: name }) }),
    z.strictObject({ first: z.strictObject({ rows: z.int().min(200).default(5000) }) }),
  ],
  { error: 'expected one of { reference: … }, { period: … }, { first: … }, { uploaded: … }' },
);

const rollback = z.strictObject({
  url,
  secret,
  verifyShare: percent.default(99),
  verifyWithin: duration.default(2 * UNITS_MS.h),
  verifyMinRows: z.int().min(1).default(100),
});

/** What is declared of one feature. */
const featureDeclaration = z
  .strictObject({
    kind: z.enum(['number', 'category', 'boolean', 'text', 'embedding']).optional(),
    min: z.number().optional(),
    max: z.number().optional(),
    categories: z.array(z.string()).min(1).max(1000).optional(),
    protected: z.boolean().default(false),
  })
  .refine(({ min, max }) => min === undefined || max === undefined || min <= max, 'expected min at most max');

/** Against what windows are judged, beside the frozen baseline itself. */
const drift = z
  .strictObject({
    against: z
      .array(z.enum(['fixed', 'moving']))
      .min(1)
      .default(['fixed']),
    season: z.enum(['auto', 'none']).default('auto'),
    movingSpan: duration
      .refine((ms) => ms >= 7 * UNITS_MS.d && ms % UNITS_MS.d === 0, 'expected whole days, at least 7d')
      .default(28 * UNITS_MS.d),
    excluded: z.array(period).max(100).default([]),
    importance: z.record(z.string(), z.number().min(0)).default({}),
  })
  .prefault({});

/** Labels that say what an alert is about. */
const RESERVED_LABELS = ['tenant', 'model', 'rule', 'alertname', 'subject', 'severity', 'kind'];

export const modelSchema = z.strictObject({
  tenant: name,
  name,
  title: z.string().optional(),
  labels: z
    .record(
      z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/, 'expected letters, digits and "_"'),
      z.string().max(200),
    )
    .refine(
      (labels) => RESERVED_LABELS.every((one) => !(one in labels)),
      `expected other names than ${RESERVED_LABELS.join(', ')}, which every alert has`,
    )
    .default({}),
  task: z.enum(['binary', 'multiclass', 'regression', 'ranking', 'generative']).default('binary'),
  positive: z.string().optional(),
  window: windowLength.default(UNITS_MS.d),
  settle: duration.default(10 * UNITS_MS.m),
  baseline: baseline.default({ first: { rows: 5000 } }),
  drift,
  unmonitored: z.array(z.string()).default([]),
  groups: z.array(z.string()).max(5).default([]),
  silentAfter: duration.default(24 * UNITS_MS.h),
  slos: z.array(sloSchema).default([]),
  retrain: z.strictObject({ receiver: name, cooldown: duration.default(24 * UNITS_MS.h) }).optional(),
  rollback: rollback.optional(),
  schema: z
    .record(z.string(), featureDeclaration)
    .refine(
      (features) => Object.keys(features).every((one) => one !== '' && !one.startsWith('$')),
      'expected names that are not empty and do not start with $',
    )
    .optional(),
});

const piiTarget = {
  attribute: z.string().min(1).max(300),
  in: z
    .array(z.enum(['features', 'segments', 'protected']))
    .min(1)
    .default(['features', 'segments', 'protected']),
};

/** What happens to an attribute before anything is stored. `*` in its name stands for any characters. */
const piiRule = z
  .discriminatedUnion('do', [
    z.strictObject({ ...piiTarget, do: z.literal('drop') }),
    z.strictObject({ ...piiTarget, do: z.literal('hash') }),
    z.strictObject({
      ...piiTarget,
      do: z.literal('bucket'),
      width: z.number().positive().optional(),
      characters: z.int().min(1).max(100).optional(),
    }),
  ])
  .refine(
    (rule) => rule.do !== 'bucket' || rule.width !== undefined || rule.characters !== undefined,
    'expected a width for numbers, a number of characters for texts, or both',
  );

const pii = z.strictObject({
  key: secret.optional(),
  predictionId: z.enum(['keep', 'hash']).default('keep'),
  rules: z.array(piiRule).default([]),
});

const MEBIBYTE = 1024 * 1024;

const retention = z.strictObject({
  rows: duration.default(90 * UNITS_MS.d),
  counts: duration.default(400 * UNITS_MS.d),
});

const limits = z.strictObject({
  maxCompressedBytes: z.int().default(16 * MEBIBYTE),
  maxBodyBytes: z.int().default(64 * MEBIBYTE),
  maxBytesInFlight: z.int().default(256 * MEBIBYTE),
  maxBytesPerSecondPerTenant: z.int().min(1).optional(),
  maxFeatures: z.int().default(1000),
  maxModelsPerTenant: z.int().default(200),
  maxStringBytes: z.int().default(8192),
  maxDepth: z.int().default(8),
  maxAge: duration.default(400 * UNITS_MS.d),
  maxAhead: duration.default(UNITS_MS.h),
  // Twice what a log of 500,000 rows, its checkpoint and one part of a day need together.
  minFreeBytes: z
    .int()
    .min(0)
    .default(512 * MEBIBYTE),
});

/** Monitors of such pings give each a URL that is as good as a password, so it may be a secret. */
const heartbeat = z.strictObject({
  url: z.union(
    [url, secret],
    'expected an http or https URL, or a secret as { env: NAME } or { file: PATH }',
  ),
  every: duration.refine((ms) => ms >= 10 * UNITS_MS.s, 'expected at least 10s').default(UNITS_MS.m),
});

export const listenSchema = z
  .strictObject({
    host: z.string().default('127.0.0.1'),
    port: z.int().min(0).max(65535).default(8080),
    otlpPort: z.int().min(0).max(65535).default(4318),
    grpcPort: z.int().min(0).max(65535).default(4317),
    openMetrics: z.boolean().default(false),
  })
  .prefault({});

export const configSchema = z.strictObject({
  data: z.string().default('./data'),
  rules: z.string().optional(),
  listen: listenSchema,
  publicUrl: url.optional(),
  tenants: z
    .array(z.strictObject({ id: name, title: z.string().optional(), pii: pii.optional() }))
    .default([]),
  models: z.array(modelSchema).default([]),
  receivers: z.array(receiverSchema).default([]),
  route: routeSchema.default(ROOT_ROUTE),
  calendars: calendarsSchema,
  inhibit: inhibitSchema,
  acknowledgeFor: duration.default(2 * UNITS_MS.h),
  longestSilence: duration.default(7 * UNITS_MS.d),
  egress: egressSchema,
  heartbeat: heartbeat.optional(),
  limits: limits.prefault({}),
  retention: retention.prefault({}),
});

export type ConfigFile = z.output<typeof configSchema>;
export type ModelFile = z.output<typeof modelSchema>;
export type PiiFile = z.output<typeof pii>;
export type FeatureFile = z.output<typeof featureDeclaration>;
