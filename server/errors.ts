/** The caller sent something wrong: told in words, answered with 4xx, never retried. */
export class BadRequestError extends Error {
  override readonly name = 'BadRequestError';
  readonly status: 400 | 401 | 403 | 404 | 409 | 413 | 415;

  constructor(
    message: string,
    options: { readonly status?: BadRequestError['status']; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.status = options.status ?? 400;
  }
}

/** Worth trying again later: a full queue, a busy disk, a receiver that is down. */
export class RetryableError extends Error {
  override readonly name = 'RetryableError';
  readonly retryAfterMs: number | null;

  constructor(message: string, options: { readonly retryAfterMs?: number; readonly cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.retryAfterMs = options.retryAfterMs ?? null;
  }
}

/** The operator has to act: bad configuration, a file of a newer version, a second owner. Ends the process with `exitCode`. */
export class FatalError extends Error {
  override readonly name = 'FatalError';
  readonly exitCode: number;

  constructor(message: string, options: { readonly exitCode?: number; readonly cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.exitCode = options.exitCode ?? 1;
  }
}
