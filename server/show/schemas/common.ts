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
/** A time in the address: digits. */
export const timeQuery = z
  .string()
  .regex(/^\d{1,15}$/, 'expected UTC milliseconds, for example 1795219200000')
  .transform(Number);
