import { Hono } from 'hono';
import { html, raw } from 'hono/html';

/** What the stand-ins received, kept in order and shown to people. */

export type Channel = 'slack' | 'email' | 'webhook' | 'trainer';

export interface Arrival {
  readonly channel: Channel;
  /** The receiver's own name for it: a Slack ts, a mail's Message-ID, a webhook-id. */
  readonly id: string;
  readonly atMs: number;
  readonly title: string;
  readonly text: string;
  /** Where it belongs: the thread of a Slack message, the mail answered to. */
  readonly thread: string | null;
  /** How often the receiver was asked to change it in place. */
  readonly edits: number;
}

export interface Board {
  readonly add: (arrival: Omit<Arrival, 'atMs' | 'edits'>) => void;
  /** Changes what arrived before; false when it never did. */
  readonly edit: (channel: Channel, id: string, change: Pick<Arrival, 'title' | 'text'>) => boolean;
  readonly arrivals: () => readonly Arrival[];
}

/** `onArrival` hears of everything new and everything changed. */
export function createBoard(now: () => number, onArrival: (arrival: Arrival) => void): Board {
  const arrivals: Arrival[] = [];
  return {
    arrivals: () => arrivals,
    add: (arrival) => {
      const kept = { ...arrival, atMs: now(), edits: 0 };
      arrivals.push(kept);
      onArrival(kept);
    },
    edit: (channel, id, change) => {
      const at = arrivals.findIndex((arrival) => arrival.channel === channel && arrival.id === id);
      const before = arrivals[at];
      if (before === undefined) return false;
      const edited = { ...before, ...change, edits: before.edits + 1 };
      arrivals[at] = edited;
      onArrival(edited);
      return true;
    },
  };
}

const TITLES: Readonly<Record<Channel, string>> = {
  slack: 'Slack',
  email: 'Mail',
  webhook: 'Webhook',
  trainer: 'Trainer',
};

/** GET / for people, GET /arrivals for programs. */
export function boardPages(board: Board): Hono {
  const app = new Hono();
  app.get('/arrivals', (c) => c.json({ arrivals: board.arrivals() }));
  app.get('/', (c) => c.html(pageOf(board.arrivals())));
  return app;
}

const STYLE = `
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
  body { max-width: 48rem; margin: 2rem auto; padding: 0 1rem; }
  article { border-top: 1px solid; padding: 0.75rem 0; }
  h2 { font-size: 1rem; margin: 0; }
  p { margin: 0; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; font: inherit; margin: 0.25rem 0 0; }
`;

function pageOf(arrivals: readonly Arrival[]) {
  const newestFirst = arrivals.toReversed();
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="refresh" content="5" />
        <title>What arrived</title>
        <style>
          ${raw(STYLE)}
        </style>
      </head>
      <body>
        <h1>What arrived</h1>
        <p>
          Stand-ins for Slack, a mail server, a webhook and a trainer. Newest first; ${arrivals.length} in
          all.
        </p>
        ${newestFirst.map(articleOf)}
      </body>
    </html>`;
}

function articleOf({ channel, title, text, atMs, thread, edits }: Arrival) {
  const notes = [
    new Date(atMs).toISOString().slice(0, 16).replace('T', ' '),
    ...(thread === null ? [] : ['in a thread']),
    ...(edits === 0 ? [] : [`updated ${edits} ×`]),
  ];
  return html`<article>
    <h2>${TITLES[channel]}: ${title}</h2>
    <p>${notes.join(' · ')}</p>
    <pre>${text}</pre>
  </article>`;
}
