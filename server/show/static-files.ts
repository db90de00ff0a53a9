import { readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Context, Handler } from 'hono';
import type { ShowEnv } from './options.ts';
import { problem } from './problems.ts';

interface StaticFile {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly gzipped: Uint8Array<ArrayBuffer>;
  readonly type: string;
  readonly cache: string;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.json': 'application/json',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
};

/** Vite puts a hash of the content into the names of what lies in `assets/`. */
const IMMUTABLE = 'public, max-age=31536000, immutable';

/** Reads the built UI once, so that a request can name no other file than these. Empty when it was not built. */
export function readStaticFiles(folder: string): ReadonlyMap<string, StaticFile> {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return new Map();
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => statSync(join(folder, name)).isFile());
  return new Map(files.map((name) => [`/${name.replaceAll('\\', '/')}`, readOne(join(folder, name), name)]));
}

function readOne(path: string, name: string): StaticFile {
  const body = new Uint8Array(readFileSync(path));
  return {
    body,
    gzipped: new Uint8Array(gzipSync(body)),
    type: TYPES[extname(name)] ?? 'application/octet-stream',
    cache: name.startsWith('assets') ? IMMUTABLE : 'no-cache',
  };
}

/** Serves the files of the UI. Pages live behind `#`, so every other address is 404, never a page. */
export function serveUi(files: ReadonlyMap<string, StaticFile>): Handler<ShowEnv> {
  return function serveFile(c) {
    if (files.size === 0)
      return c.text('The pages are not built. Run `npm run build`, then start Leeway again.\n', 503);
    const file = files.get(c.req.path === '/' ? '/index.html' : c.req.path);
    return file === undefined
      ? problem(c, { status: 404, message: `No such address: ${c.req.path}.` })
      : answerFile(c, file);
  };
}

function answerFile(c: Context<ShowEnv>, file: StaticFile): Response {
  c.header('content-type', file.type);
  c.header('cache-control', file.cache);
  c.header('vary', 'accept-encoding');
  const small = file.gzipped.byteLength < file.body.byteLength;
  if (!small || !/\bgzip\b/.test(c.req.header('accept-encoding') ?? '')) return c.body(file.body);
  c.header('content-encoding', 'gzip');
  return c.body(file.gzipped);
}
