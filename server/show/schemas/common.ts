import { z } from '@hono/zod-openapi';

export const list = <T extends z.ZodType>(item: T) => z.array(item).readonly();
export const maybe = <T extends z.ZodType>(item: T) => item.nullable();

/** UTC milliseconds since 1970. */
export const time = z
  .number()
  .int()
  .openapi({ description: 'UTC milliseconds since 1970', example: 1_795_219_200_000 });
export const text = z.string();
export const count = z.number();
export const number = z.number();

export const apiError = z
  .object({ error: z.object({ code: text, message: text, requestId: text }) })
  .openapi('ApiError');

export const asOf = { asOfMs: time, nextRunMs: maybe(time) };

export const scope = z.enum(['ingest', 'read', 'operate', 'admin']);
export const severity = z.enum(['page', 'ticket']);
export const health = z.enum(['healthy', 'drifting', 'action', 'silent', 'learning']);
export const task = z.enum(['binary', 'multiclass', 'regression', 'ranking', 'generative']);

/** A name in a request: tenants, models, versions, ids. */
export const name = z.string().min(1).max(300);
/** What a person writes about a decision. */
export const reason = z.string().trim().min(1).max(2000);

export const idParams = z.strictObject({ id: name });
export const modelParams = z.strictObject({ tenant: name, model: name });
const DIGITS = /^\d{1,15}$/;
/** A day, or a time that says its zone. */
const ISO = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?$/;

function isTime(text: string): boolean {
  return DIGITS.test(text) || (ISO.test(text) && !Number.isNaN(Date.parse(text)));
}

/** A time in the address: milliseconds since 1970, a day in UTC, or ISO 8601 with its zone. */
export const timeQuery = z
  .string()
  .refine(
    isTime,
    'expected UTC milliseconds or ISO 8601 with its zone, for example 1795219200000 or 2026-11-21T00:00:00Z',
  )
  .transform((text) => (DIGITS.test(text) ? Number(text) : Date.parse(text)))
  .openapi({
    type: 'string',
    description: 'UTC milliseconds, or ISO 8601 with its zone',
    example: '2026-11-21T00:00:00Z',
  });
