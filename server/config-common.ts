import { z } from 'zod';

/** The words every part of `leeway.yaml` is made of. */

export const UNITS_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** "90s", "10m", "1h", "28d" to milliseconds. */
const DURATION = 'expected a duration such as 30s, 10m, 6h or 28d';
export const duration = z
  .string(DURATION)
  .regex(/^\d+(\.\d+)?(ms|s|m|h|d)$/, DURATION)
  .transform((text) => {
    const unit = /[a-z]+$/.exec(text)?.[0] as keyof typeof UNITS_MS;
    return Number.parseFloat(text) * UNITS_MS[unit];
  });

const NAME = 'expected a name of letters, digits, dots, dashes or underscores, at most 63 long';
export const name = z.string(NAME).regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, NAME);
export const percent = z
  .number('expected a percentage from 0 to 100')
  .min(0, 'expected a percentage from 0 to 100')
  .max(100, 'expected a percentage from 0 to 100');
export const url = z
  .url({ protocol: /^https?$/, error: 'expected an http or https URL' })
  .refine(
    (text) => !URL.canParse(text) || (new URL(text).username === '' && new URL(text).password === ''),
    'expected a URL without a user and a password in it; a secret never stands in the configuration',
  );

/** A secret is never written into the file: it is named by an environment variable or a file. */
export const secret = z.union(
  [z.strictObject({ env: z.string().min(1) }), z.strictObject({ file: z.string().min(1) })],
  {
    error: 'expected a secret as { env: NAME } or { file: PATH }, never the value itself',
  },
);
export type SecretReference = z.output<typeof secret>;
