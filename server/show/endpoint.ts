import { createRoute, z, type OpenAPIHono, type RouteConfig } from '@hono/zod-openapi';
import type { Context, MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { BadRequestError } from '../errors.ts';
import type { Principal } from '../model.ts';
import { authenticate, authorize, CSRF_HEADER, type Access } from './access.ts';
import type { ShowEnv, ShowOptions } from './options.ts';
import { apiError, text } from './schemas/common.ts';
import { LEFT_OUT, typed } from './typed.ts';

/** One address of the API: what it is called, who may call it, what goes in and out, and what it does. */
export interface Endpoint {
  readonly access: Access;
  readonly route: RouteConfig;
  /** The schema of the answer; null where it is not JSON. */
  readonly response: z.ZodType | null;
  readonly handle: (c: Context<ShowEnv>, options: ShowOptions) => Promise<Response>;
}

interface Call<Params, Query, Body> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly principal: Principal;
  readonly nowMs: number;
  readonly options: ShowOptions;
}

interface Description {
  readonly method: 'get' | 'post' | 'put' | 'delete';
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly access: Access;
  readonly status?: 200 | 201;
  /** A request without a body is one with an empty object. */
  readonly isBodyOptional?: boolean;
}

interface Schemas<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType> {
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
}

type Definition<
  P extends z.ZodType,
  Q extends z.ZodType,
  B extends z.ZodType,
  R extends z.ZodType,
> = Description &
  Schemas<P, Q, B> & {
    readonly response: R;
    readonly handle: (call: Call<z.output<P>, z.output<Q>, z.output<B>>) => Promise<z.input<R>>;
  };

const nothing = z.strictObject({});
type Nothing = typeof nothing;

/** An address that answers JSON of the `response` schema. */
export function endpoint<
  R extends z.ZodType,
  P extends z.ZodType = Nothing,
  Q extends z.ZodType = Nothing,
  B extends z.ZodType = Nothing,
>(definition: Definition<P, Q, B, R>): Endpoint {
  const { handle, response, status = 200 } = definition;
  return {
    access: definition.access,
    response,
    route: routeOf(definition, { 'application/json': { schema: noted(response, definition.body) } }),
    handle: async (c, options) => {
      if (definition.isBodyOptional === true) refuseOtherBody(c);
      const body = typed(validated<z.output<B>>(c, 'json'), options);
      const value = await handle({
        params: validated(c, 'param'),
        query: validated(c, 'query'),
        body: body.value,
        principal: c.get('caller').principal,
        nowMs: options.clock.now(),
        options,
      });
      c.header('cache-control', 'no-store');
      return c.json(body.hasLeftOut ? { ...(value as object), note: LEFT_OUT } : (value as object), status);
    },
  };
}

/** An optional body of another type would be dropped without a word. */
function refuseOtherBody(c: Context<ShowEnv>): void {
  const type = c.req.header('content-type');
  if (type !== undefined && !/^application\/json\b/i.test(type))
    throw new BadRequestError(`Expected a body of the type application/json or none, got ${type}.`, {
      status: 415,
    });
}

/** Who may type something is told when it was not all kept. */
function noted(response: z.ZodType, body: z.ZodType | undefined): z.ZodType {
  const takesWords = body instanceof z.ZodObject && 'reason' in body.shape;
  return takesWords && response instanceof z.ZodObject
    ? response.extend({ note: text.optional().openapi({ description: LEFT_OUT }) })
    : response;
}

type RawDefinition = Description &
  Schemas<z.ZodType, z.ZodType, z.ZodType> & {
    /** Media type of the answer. */
    readonly produces: string;
    readonly response?: z.ZodType;
    readonly handle: Endpoint['handle'];
  };

/** An address that makes its own answer: cookies, redirects, streams. */
export function rawEndpoint(definition: RawDefinition): Endpoint {
  const { access, handle, produces, response } = definition;
  const schema = response ?? z.string();
  return {
    access,
    handle,
    response: response ?? null,
    route: routeOf(definition, { [produces]: { schema } }),
  };
}

/** What the validator of this endpoint let through. */
export function validated<T>(c: Context<ShowEnv>, part: 'param' | 'query' | 'json'): T {
  return (c.req as unknown as { valid: (part: string) => T }).valid(part);
}

function routeOf(
  definition: Description & Schemas<z.ZodType, z.ZodType, z.ZodType>,
  content: Record<string, { schema: z.ZodType }>,
): RouteConfig {
  const {
    method,
    path,
    tag,
    summary,
    description,
    access,
    status = 200,
    isBodyOptional = false,
  } = definition;
  const { params, query = nothing, body } = definition;
  return createRoute({
    method,
    path,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    ...(access === 'public' || access === 'signature' ? {} : { security: [{ key: [] }, { session: [] }] }),
    request: {
      query: query as z.ZodObject,
      ...(params === undefined ? {} : { params: params as z.ZodObject }),
      ...(body === undefined
        ? {}
        : { body: { required: !isBodyOptional, content: { 'application/json': { schema: body } } } }),
    },
    responses: {
      [status]: { description: 'Done.', content },
      default: { description: 'What went wrong.', content: { 'application/json': { schema: apiError } } },
    },
  });
}

/** More than any request of this API needs. */
const MAX_BODY_BYTES = 256 * 1024;

/** Puts an endpoint onto the app: who calls, may they, is the input right, then the handler. */
export function addEndpoint(app: OpenAPIHono<ShowEnv>, one: Endpoint, options: ShowOptions): void {
  const tooLarge = bodyLimit({
    maxSize: MAX_BODY_BYTES,
    onError: () => {
      throw new BadRequestError(`The body is larger than ${MAX_BODY_BYTES} bytes.`, { status: 413 });
    },
  });
  app.openapi({ ...one.route, middleware: [guard(one, options), tooLarge] }, (c) =>
    one.handle(c as Context<ShowEnv>, options),
  );
}

function guard(one: Endpoint, options: ShowOptions): MiddlewareHandler<ShowEnv> {
  return async function checkAccess(c, next) {
    if (one.access !== 'public' && one.access !== 'signature') {
      const caller = await authenticate(c, options);
      authorize(caller, one.access, c.req.method === 'GET' ? null : { header: c.req.header(CSRF_HEADER) });
      c.set('caller', caller);
    }
    await next();
  };
}

/** Turns the first thing wrong with an input into one sentence that names the field. */
export function refuseInvalid(result: {
  readonly success: boolean;
  readonly target?: string;
  readonly error?: z.core.$ZodError;
}): void {
  const issue = result.error?.issues[0];
  if (result.success || issue === undefined) return;
  const where = WHERE[result.target ?? 'json'] ?? 'field';
  if (issue.code === 'unrecognized_keys')
    throw new BadRequestError(
      `Unknown ${where} "${issue.keys.map((key) => [...issue.path, key].join('.')).join('", "')}".`,
    );
  const field = issue.path.join('.');
  const message = plainMessage(issue.message);
  throw new BadRequestError(field === '' ? message : `${capital(where)} "${field}": ${message}.`);
}

/** The library's words for the wrong kind of value, as people say them. */
function plainMessage(message: string): string {
  return message
    .replace(/^Invalid input: /, '')
    .replace('expected record', 'expected object')
    .replace(', received undefined', ', but it is missing')
    .replace(', received ', ', got ');
}

const WHERE: Readonly<Record<string, string>> = {
  json: 'field',
  query: 'parameter',
  param: 'part of the address',
};

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
