import { Hono } from 'hono';
import type { Board } from './board.ts';

/**
 * Answers Slack's Web API methods as Slack does: always 200, `ok` says whether it worked, a message is known by its
 * channel and `ts`. Shapes and error codes follow the method pages of Slack's API reference.
 */
export function slackApi(board: Board, token: string): Hono {
  const app = new Hono();
  const state = { lastTs: 0 };
  app.post('/api/files.getUploadURLExternal', (c) =>
    c.json({ ok: true, upload_url: new URL('/upload', c.req.url).href, file_id: 'F0DEMO' }),
  );
  app.post('/upload', (c) => c.text('OK'));
  app.post('/api/:method', async (c) => {
    if (c.req.header('authorization') !== `Bearer ${token}`)
      return c.json({ ok: false, error: 'invalid_auth' });
    const fields = fieldsOf(c.req.header('content-type') ?? '', await c.req.text());
    const answer = METHODS[c.req.param('method')];
    return c.json(
      answer === undefined ? { ok: false, error: 'unknown_method' } : answer(fields, board, state),
    );
  });
  return app;
}

type Fields = Readonly<Record<string, unknown>>;
type Method = (fields: Fields, board: Board, state: { lastTs: number }) => object;

/** Pictures are taken and not shown. */
const METHODS: Readonly<Record<string, Method>> = {
  'conversations.history': () => ({ ok: true, messages: [], has_more: false }),
  'conversations.replies': () => ({ ok: true, messages: [], has_more: false }),
  'files.completeUploadExternal': () => ({ ok: true, files: [] }),
  'auth.test': () => ({
    ok: true,
    url: 'https://example.slack.com/',
    team: 'Demo',
    user: 'leeway',
    team_id: 'T0DEMO',
    user_id: 'U0DEMO',
    bot_id: 'B0DEMO',
  }),
  'chat.postMessage': (fields, board, state) => {
    const channel = wordOf(fields['channel']);
    const words = wordsOf(fields);
    if (channel === '') return { ok: false, error: 'channel_not_found' };
    if (words === '') return { ok: false, error: 'no_text' };
    state.lastTs = Math.max(state.lastTs + 1, Date.now() * 1000);
    const ts = (state.lastTs / 1e6).toFixed(6);
    board.add({
      channel: 'slack',
      id: ts,
      ...shown(channel, words),
      thread: wordOf(fields['thread_ts']) || null,
    });
    return {
      ok: true,
      channel: 'C0DEMO',
      ts,
      message: { type: 'message', text: wordOf(fields['text']), ts },
    };
  },
  'chat.update': (fields, board) => {
    const ts = wordOf(fields['ts']);
    const words = wordsOf(fields);
    if (words === '') return { ok: false, error: 'no_text' };
    const known = board.edit('slack', ts, shown(wordOf(fields['channel']), words));
    return known
      ? { ok: true, channel: 'C0DEMO', ts, text: wordOf(fields['text']) }
      : { ok: false, error: 'message_not_found' };
  },
};

/** The client sends a form in which every structure is JSON text, or JSON as a whole. */
function fieldsOf(contentType: string, body: string): Fields {
  if (contentType.startsWith('application/json')) return JSON.parse(body) as Fields;
  return Object.fromEntries(new URLSearchParams(body));
}

function shown(channel: string, words: string) {
  const [title = '', ...rest] = words.split('\n');
  return { title, text: [`Channel ${channel}`, ...rest].join('\n') };
}

/** What a reader would see: the text, then the words of the blocks that say more than it. */
function wordsOf(fields: Fields): string {
  const text = wordOf(fields['text']);
  const blocks = wordsOfBlocks(fields['blocks']).filter((words) => !text.includes(words));
  return [text, ...blocks].filter((words) => words !== '').join('\n');
}

function wordsOfBlocks(blocks: unknown): readonly string[] {
  const value: unknown = typeof blocks === 'string' ? JSON.parse(blocks) : (blocks ?? []);
  const found: string[] = [];
  const walk = (node: unknown) => {
    if (typeof node !== 'object' || node === null) return;
    for (const [key, child] of Object.entries(node)) {
      if ((key === 'text' || key === 'url') && typeof child === 'string') found.push(child);
      else walk(child);
    }
  };
  walk(value);
  return found;
}

function wordOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
