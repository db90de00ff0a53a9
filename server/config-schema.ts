import { z } from 'zod';

/** What `leeway.yaml` may say; the one schema behind validation, defaults and the documentation. */

const UNITS_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** "90s", "10m", "1h", "28d" to milliseconds. */
export const duration = z
  .string()
  .regex(/^\d+(\.\d+)?(ms|s|m|h|d)$/, 'expected a duration such as 30s, 10m, 6h or 28d')
  .transform((text) => {
    const unit = /[a-z]+$/.exec(text)?.[0] as keyof typeof UNITS_MS;
    return Number.parseFloat(text) * UNITS_MS[unit];
  });

const windowLength = duration.refine(
  (ms) => ms >= UNITS_MS.h && ms % UNITS_MS.h === 0,
  'expected a multiple of 1h, the grain of counts older than two days',
);
export const name = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
    'expected a name of letters, digits, dots, dashes or underscores, at most 63 long',
  );
const percent = z.number().min(0).max(100);
const url = z.url({ protocol: /^https?$/, error: 'expected an http or https URL' });

/** A secret is never written into the file: it is named by an environment variable or a file. */
const secret = z.union(
  [z.strictObject({ env: z.string().min(1) }), z.strictObject({ file: z.string().min(1) })],
  {
    error: 'expected a secret as { env: NAME } or { file: PATH }, never the value itself',
  },
);
export type SecretReference = z.output<typeof secret>;

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

/** At 100 % there is no budget that could burn. */
const target = z.number().min(0).lt(100);

const slo = z.discriminatedUnion('kind', [
  z.strictObject({
    id: name,
    kind: z.literal('availability'),
    target,
    period: duration.default(28 * UNITS_MS.d),
  }),
  z.strictObject({
    id: name,
    kind: z.literal('latency'),
    target,
    period: duration.default(28 * UNITS_MS.d),
    threshold: duration,
  }),
]);

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

export const modelSchema = z.strictObject({
  tenant: name,
  name,
  title: z.string().optional(),
  task: z.enum(['binary', 'multiclass', 'regression', 'ranking', 'generative']).default('binary'),
  positive: z.string().optional(),
  window: windowLength.default(UNITS_MS.d),
  settle: duration.default(10 * UNITS_MS.m),
  baseline: baseline.default({ first: { rows: 5000 } }),
  drift,
  unmonitored: z.array(z.string()).default([]),
  groups: z.array(z.string()).max(5).default([]),
  silentAfter: duration.default(24 * UNITS_MS.h),
  slos: z.array(slo).default([]),
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

const receiver = z.discriminatedUnion('type', [
  z.strictObject({
    id: name,
    type: z.literal('slack'),
    channel: z.string().min(1),
    token: secret,
    apiUrl: url.optional(),
  }),
  z.strictObject({
    id: name,
    type: z.literal('email'),
    to: z.array(z.email()).min(1),
    from: z.email(),
    smtp: secret,
  }),
  z.strictObject({ id: name, type: z.literal('webhook'), url, secret }),
]);

const routeFields = {
  id: name,
  receivers: z.array(name).default([]),
  groupWait: duration.default(30 * UNITS_MS.s),
  groupInterval: duration.default(5 * UNITS_MS.m),
  repeatInterval: duration.default(4 * UNITS_MS.h),
};
const match = z.strictObject({
  tenant: name.optional(),
  model: name.optional(),
  severity: z.enum(['page', 'ticket']).optional(),
  kind: z.enum(['drift', 'quality', 'slo', 'fairness', 'absence']).optional(),
});

const route: z.ZodType<RouteFile> = z.lazy(() =>
  z.strictObject({ ...routeFields, match: match.default({}), routes: z.array(route).default([]) }),
);

export interface RouteFile {
  readonly id: string;
  readonly receivers: readonly string[];
  readonly groupWait: number;
  readonly groupInterval: number;
  readonly repeatInterval: number;
  readonly match: z.output<typeof match>;
  readonly routes: readonly RouteFile[];
}

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

export const configSchema = z.strictObject({
  data: z.string().default('./data'),
  rules: z.string().optional(),
  listen: z
    .strictObject({
      host: z.string().default('127.0.0.1'),
      port: z.int().min(0).max(65535).default(8080),
      otlpPort: z.int().min(0).max(65535).default(4318),
      grpcPort: z.int().min(0).max(65535).default(4317),
      openMetrics: z.boolean().default(false),
    })
    .prefault({}),
  publicUrl: url.optional(),
  tenants: z
    .array(z.strictObject({ id: name, title: z.string().optional(), pii: pii.optional() }))
    .default([]),
  models: z.array(modelSchema).default([]),
  receivers: z.array(receiver).default([]),
  route: route.default({
    id: 'root',
    receivers: [],
    groupWait: 30_000,
    groupInterval: 300_000,
    repeatInterval: 14_400_000,
    match: {},
    routes: [],
  }),
  egress: z.strictObject({ allow: z.array(z.string()).default([]) }).prefault({}),
  limits: limits.prefault({}),
  retention: retention.prefault({}),
});

export type ConfigFile = z.output<typeof configSchema>;
export type ModelFile = z.output<typeof modelSchema>;
export type ReceiverFile = z.output<typeof receiver>;
export type PiiFile = z.output<typeof pii>;
export type FeatureFile = z.output<typeof featureDeclaration>;
