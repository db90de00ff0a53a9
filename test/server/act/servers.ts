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
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string | Buffer };

export async function httpServer(answer: (seen: Seen, index: number) => Answer): Promise<TestServer> {
  const seen: Seen[] = [];
  const answerOne = async (request: IncomingMessage, response: ServerResponse) => {
    const got = await read(request);
    seen.push(got);
    reply(response, answer(got, seen.length - 1));
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
  response.writeHead(answer.status, answer.headers);
  response.end(answer.body ?? '');
}

/** A stand-in for Slack: messages by ts, and answers that replace its own when `next` has any. */
export interface FakeSlack extends TestServer {
  readonly messages: Map<string, Readonly<Record<string, string>>>;
  readonly next: Answer[];
}

export async function fakeSlack(): Promise<FakeSlack> {
  const messages = new Map<string, Readonly<Record<string, string>>>();
  const next: Answer[] = [];
  const server = await httpServer(
    (seen) => next.shift() ?? { status: 200, body: slackAnswer(seen, messages) },
  );
  return Object.assign(server, { messages, next });
}

function slackAnswer(seen: Seen, messages: Map<string, Readonly<Record<string, string>>>): string {
  const fields = Object.fromEntries(new URLSearchParams(seen.body));
  if (seen.path === '/chat.update') {
    const ts = fields['ts'] ?? '';
    if (!messages.has(ts)) return JSON.stringify({ ok: false, error: 'message_not_found' });
    messages.set(ts, fields);
    return JSON.stringify({ ok: true, channel: fields['channel'], ts });
  }
  const ts = `1763733600.00000${messages.size + 1}`;
  messages.set(ts, fields);
  return JSON.stringify({ ok: true, channel: 'C0RESOLVED', ts });
}
