import { serve } from '@hono/node-server';
import type { AddressInfo } from 'node:net';
import type { Hono } from 'hono';
import { FatalError } from './errors.ts';

export interface Listener {
  readonly url: string;
  /** Takes no new connection, lets open requests finish for up to `graceMs`, then ends the rest. */
  readonly close: (graceMs: number) => Promise<void>;
}

/** Serves an app on a port (0: any free one); a port in use is fatal, in words. */
export function listen(
  app: Pick<Hono, 'fetch'>,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<Listener> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: app.fetch, hostname: host, port }, (address) =>
      resolve({ url: urlOf(host, address), close }),
    );
    server.on('error', (error: NodeJS.ErrnoException) => {
      const message =
        error.code === 'EADDRINUSE'
          ? `Port ${port} on ${host} is in use; stop what runs there or set another port under "listen"`
          : error.message;
      reject(new FatalError(message, { cause: error }));
    });
    const close = (graceMs: number) =>
      new Promise<void>((closed) => {
        const force = setTimeout(
          () => 'closeAllConnections' in server && server.closeAllConnections(),
          graceMs,
        );
        server.close(() => {
          clearTimeout(force);
          closed();
        });
        if ('closeIdleConnections' in server) server.closeIdleConnections();
      });
  });
}

function urlOf(host: string, address: AddressInfo): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`;
}
