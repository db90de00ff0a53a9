import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Real servers on port 0 that answer as told; closed when the scope that holds them ends. */

export interface Seen {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface TestServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly seen: Seen[];
}

export type Answer =
  | 'hang'
  /** The connection ends without an answer. */
  | 'drop'
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string | Buffer };

export async function httpServer(
  answer: (seen: Seen, index: number) => Answer | Promise<Answer>,
): Promise<TestServer> {
  const seen: Seen[] = [];
  const answerOne = async (request: IncomingMessage, response: ServerResponse) => {
    const got = await read(request);
    seen.push(got);
    reply(response, await answer(got, seen.length - 1));
  };
  const server = createServer((request, response) => {
    void answerOne(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    seen,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function read(request: IncomingMessage): Promise<Seen> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
  );
  return { path: request.url ?? '', headers, body: Buffer.concat(chunks).toString() };
}

function reply(response: ServerResponse, answer: Answer): void {
  if (answer === 'hang') return;
  if (answer === 'drop') {
    response.destroy();
    return;
  }
  response.writeHead(answer.status, answer.headers);
  response.end(answer.body ?? '');
}

type Fields = Readonly<Record<string, string>>;
/** What becomes of a call; with `accepts` it takes effect all the same. */
export type Fate = Answer | { readonly accepts: Answer };

/**
 * A stand-in for Slack: messages by ts, threads, metadata, files. `next` replaces its own answers, one call each; with
 * `accepts` the call takes effect all the same.
 */
export interface FakeSlack extends TestServer {
  /** `posted`: the text they began with. */
  readonly messages: Map<string, Fields>;
  readonly next: Fate[];
  readonly files: Fields[];
  /** The paths called, in order. */
  readonly calls: () => readonly string[];
  /** Replies of a thread by their text. */
  readonly replies: (ts: string) => readonly string[];
}

/** `fate` stands in for `next`, and may take its time. */
export async function fakeSlack(fate?: (path: string) => Promise<Fate | undefined>): Promise<FakeSlack> {
  const state: SlackState = { messages: new Map(), files: [], url: '' };
  const next: FakeSlack['next'] = [];
  const server = await httpServer(async (seen) => {
    const told = next.shift() ?? (await fate?.(seen.path));
    if (told !== undefined && !(typeof told === 'object' && 'accepts' in told)) return told;
    const own = { status: 200, body: JSON.stringify(slackAnswer(seen, state)) };
    return told === undefined ? own : told.accepts;
  });
  state.url = server.url;
  return Object.assign(server, {
    messages: state.messages,
    files: state.files,
    next,
    calls: () => server.seen.map(({ path }) => path),
    replies: (ts: string) =>
      [...state.messages.values()]
        .filter((each) => each['thread_ts'] === ts)
        .map((each) => each['text'] ?? ''),
  });
}

interface SlackState {
  readonly messages: Map<string, Fields>;
  readonly files: Fields[];
  url: string;
}

/** Channels whose names begin with C0 are ids, and can be read; every other name is that of this one. */
export const CHANNEL = 'C0RESOLVED';

function slackAnswer(seen: Seen, state: SlackState): object {
  const fields: Fields = Object.fromEntries(new URLSearchParams(seen.body));
  const method = seen.path.replace(/^\//, '').replace(/\?.*$/, '');
  return SLACK_METHODS[method]?.(fields, state) ?? { ok: false, error: 'unknown_method' };
}

const SLACK_METHODS: Readonly<Record<string, (fields: Fields, state: SlackState) => object>> = {
  'chat.postMessage': (fields, { messages }) => {
    const ts = `1763733600.${String(messages.size + 1).padStart(6, '0')}`;
    const channel = channelOf(fields);
    messages.set(ts, { ...fields, channel: fields['channel'] ?? channel, posted: fields['text'] ?? '' });
    return { ok: true, channel, ts };
  },
  'chat.update': (fields, { messages }) => {
    const ts = fields['ts'] ?? '';
    const before = messages.get(ts);
    if (before === undefined) return { ok: false, error: 'message_not_found' };
    messages.set(ts, { ...before, ...fields });
    return { ok: true, channel: fields['channel'], ts };
  },
  'conversations.history': (fields, state) =>
    listed(fields, state, (each) => each['thread_ts'] === undefined),
  'conversations.replies': (fields, state) =>
    listed(fields, state, (each) => each['thread_ts'] === fields['ts']),
  'files.getUploadURLExternal': (fields, { url }) => ({
    ok: true,
    upload_url: `${url}/upload`,
    file_id: `F-${fields['filename']}`,
  }),
  upload: () => ({ ok: true }),
  'files.completeUploadExternal': (fields, { files }) => {
    files.push(fields);
    return { ok: true, files: [] };
  },
};

function channelOf({ channel = CHANNEL }: Fields): string {
  return channel.startsWith('C0') ? channel : CHANNEL;
}

/** Newest first, a page at a time, as Slack does. */
function listed(fields: Fields, { messages }: SlackState, isWanted: (each: Fields) => boolean): object {
  const channel = fields['channel'] ?? '';
  if (channelOf(fields) !== channel) return { ok: false, error: 'channel_not_found' };
  const all = [...messages].filter(([, each]) => isWanted(each) && channelOf(each) === channel).reverse();
  const from = Number(fields['cursor'] ?? 0);
  const to = from + Number(fields['limit'] ?? 100);
  const page = all.slice(from, to).map(([ts, each]) => ({
    ts,
    text: each['text'],
    ...(fields['include_all_metadata'] === 'true' && {
      metadata: JSON.parse(each['metadata'] ?? '{}') as object,
    }),
  }));
  const hasMore = to < all.length;
  return {
    ok: true,
    messages: page,
    has_more: hasMore,
    response_metadata: { next_cursor: hasMore ? String(to) : '' },
  };
}
