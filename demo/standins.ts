import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import type { AddressInfo } from 'node:net';
import { boardPages, createBoard, type Arrival, type Board } from './standins/board.ts';
import { hooks } from './standins/hooks.ts';
import { startMailServer } from './standins/mail.ts';
import { slackApi } from './standins/slack.ts';

/** Everything Leeway would talk to outside: Slack, a mail server, a webhook, a trainer. They keep what arrived. */
export interface StandIns {
  /** The page that shows what arrived. */
  readonly url: string;
  readonly slackApiUrl: string;
  readonly smtpUrl: string;
  readonly hookUrl: string;
  readonly trainerUrl: string;
  readonly board: Board;
  readonly close: () => Promise<void>;
}

export interface StandInOptions {
  readonly slackToken: string;
  readonly webhookSecret: string;
  readonly toleranceMs: number | null;
  /** The time written beside what arrives. */
  readonly now: () => number;
  readonly onArrival: (arrival: Arrival) => void;
}

/** Starts them on free ports of 127.0.0.1. */
export async function startStandIns(options: StandInOptions): Promise<StandIns> {
  const board = createBoard(options.now, options.onArrival);
  const app = new Hono();
  app.route('/', boardPages(board));
  app.route('/', slackApi(board, options.slackToken));
  app.route(
    '/',
    hooks({ board, secret: options.webhookSecret, toleranceMs: options.toleranceMs, now: () => Date.now() }),
  );
  const mail = await startMailServer(board);
  const { server, url } = await new Promise<{ server: ReturnType<typeof serve>; url: string }>((resolve) => {
    const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }: AddressInfo) =>
      resolve({ server, url: `http://127.0.0.1:${port}` }),
    );
  });
  return {
    url: `${url}/`,
    slackApiUrl: `${url}/api/`,
    smtpUrl: mail.url,
    hookUrl: `${url}/hook`,
    trainerUrl: `${url}/train`,
    board,
    close: async () => {
      server.close();
      if ('closeAllConnections' in server) server.closeAllConnections();
      await mail.close();
    },
  };
}
