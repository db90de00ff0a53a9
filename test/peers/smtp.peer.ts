import { createServer, type AddressInfo, type Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { describe, expect, it } from 'vitest';
import { receivers } from '../../server/act/receivers.ts';
import type { Delivery } from '../../server/model.ts';
import { contextOf, LOCAL_EGRESS } from '../server/act/context.ts';
import { alertOf, deliveryOf, noticeOf } from '../server/act/samples.ts';

/** Mail over whole incidents, against servers that refuse, put off, hang and vanish; `smtp-server` and `postal-mime` judge. */

const receiver = receivers.find(({ type }) => type === 'email')!;

interface Server extends AsyncDisposable {
  readonly port: number;
  readonly mails: Email[];
  /** As they came. */
  readonly texts: string[];
}

async function smtpServer(options: SMTPServerOptions = {}): Promise<Server> {
  const mails: Email[] = [];
  const texts: string[] = [];
  const keep = async (stream: Readable) => {
    const bytes = await buffer(stream);
    texts.push(bytes.toString());
    mails.push(await PostalMime.parse(bytes));
  };
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    onData: (stream, _session, done) => {
      void keep(stream).finally(done);
    },
    ...options,
  });
  server.on('error', () => {});
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  return {
    port,
    mails,
    texts,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(resolve)),
  };
}

const answer = (code: number, text: string) => Object.assign(new Error(text), { responseCode: code });

async function deliver(port: number, delivery: Delivery = deliveryOf(), timeoutMs = 2_000) {
  const settings = {
    id: 'mail',
    type: 'email',
    to: ['ana@acme.example', 'ben@acme.example'],
    from: 'leeway@acme.example',
    smtpUrl: `smtp://127.0.0.1:${port}`,
  } as const;
  return receiver.deliver(delivery, contextOf(settings, { timeoutMs }));
}

/** A server that speaks SMTP as far as `script` says, by the first word of each command; `null` hangs up. */
async function scriptedServer(script: Readonly<Record<string, string | null>>): Promise<Server> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    socket.write('220 scripted\r\n');
    let isData = false;
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const ends = isData ? text.endsWith('\r\n.\r\n') : text.endsWith('\r\n');
      if (!ends) return;
      const word = isData ? 'END' : text.slice(0, 4).toUpperCase();
      text = '';
      isData = word === 'DATA';
      const reply = script[word] ?? (word in script ? null : word === 'DATA' ? '354 go on' : '250 fine');
      if (reply === null) socket.destroy();
      else if (reply !== '') socket.write(`${reply}\r\n`);
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    mails: [],
    texts: [],
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe('an incident by mail', () => {
  it('is one conversation with one subject, each mail its own, and no out-of-office answers', async () => {
    await using server = await smtpServer();
    const ended = [alertOf({ state: 'resolved' })];
    const notices = [
      noticeOf(),
      noticeOf({
        id: 'ntc_2',
        reason: 'new_alerts',
        firing: [alertOf(), alertOf({ id: 'a2', summary: 'hour drifted' })],
      }),
      noticeOf({ id: 'ntc_3', reason: 'acknowledged' }),
      noticeOf({ id: 'ntc_4', reason: 'all_resolved', firing: [], resolved: ended }),
    ];
    for (const payload of notices)
      expect((await deliver(server.port, deliveryOf({ payload }))).kind).toBe('sent');
    const of = (pick: (mail: Email) => unknown) => new Set(server.mails.map(pick)).size;
    const header = (mail: Email, name: string) => mail.headers.find(({ key }) => key === name)?.value;
    expect(server.mails.length).toBe(4);
    expect([of((mail) => mail.subject), of((mail) => mail.references), of((mail) => mail.inReplyTo)]).toEqual(
      [1, 1, 1],
    );
    expect(of((mail) => mail.messageId)).toBe(4);
    expect(server.mails.every((mail) => header(mail, 'auto-submitted') === 'auto-generated')).toBe(true);
    // The last part is the one that programs prefer (RFC 2046, 5.1.4).
    for (const text of server.texts) {
      expect(text.indexOf('Content-Type: text/plain')).toBeGreaterThan(0);
      expect(text.indexOf('Content-Type: text/html')).toBeGreaterThan(
        text.indexOf('Content-Type: text/plain'),
      );
    }
    expect(server.mails.at(-1)?.text).toContain('Resolved: nothing fires any more');
  });

  it('arrives once under the same Message-ID after a server put it off (greylisting)', async () => {
    let tries = 0;
    await using server = await smtpServer({
      onRcptTo: (_address, _session, done) => {
        tries += 1;
        done(tries <= 2 ? answer(451, 'greylisted, come again') : undefined);
      },
    });
    const first = await deliver(server.port);
    expect(first).toMatchObject({ kind: 'retry' });
    expect(first.detail).toContain('greylisted');
    expect(await deliver(server.port, deliveryOf({ attempt: 2 }))).toMatchObject({ kind: 'sent' });
    expect(server.mails.length).toBe(1);
  });

  it.each([
    ['sender', 'onMailFrom', 550, 'failed'],
    ['sender', 'onMailFrom', 452, 'retry'],
    ['every recipient', 'onRcptTo', 553, 'failed'],
    ['every recipient', 'onRcptTo', 450, 'retry'],
  ] as const)('%s refused (%s) with %i is %s', async (_name, hook, code, kind) => {
    await using server = await smtpServer({
      [hook]: (_address: unknown, _session: unknown, done: (error: Error) => void) =>
        done(answer(code, 'no')),
    });
    expect(await deliver(server.port)).toMatchObject({ kind });
  });

  it.each([
    [554, 'failed'],
    [452, 'retry'],
  ])('the mail itself refused with %i is %s', async (code, kind) => {
    await using server = await smtpServer({
      onData: (stream, _session, done) => {
        stream.resume();
        stream.on('end', () => done(answer(code, 'not this mail')));
      },
    });
    const outcome = await deliver(server.port);
    expect(outcome).toMatchObject({ kind });
    expect(outcome.detail).toContain('not this mail');
  });
});

describe('a mail whose answer is lost', () => {
  it.each<[string, Readonly<Record<string, string | null>>, string]>([
    ['hangs up at its first command', { EHLO: null }, 'retry'],
    ['hangs up at the sender', { MAIL: null }, 'retry'],
    ['hangs up at a recipient', { RCPT: null }, 'retry'],
    ['hangs up instead of taking the mail', { DATA: null }, 'retry'],
    ['hangs at a recipient', { RCPT: '' }, 'retry'],
    ['hangs up after the end of the mail', { END: null }, 'unknown'],
    ['hangs after the end of the mail', { END: '' }, 'unknown'],
    ['refuses after the end of the mail', { END: '554 no' }, 'failed'],
    ['puts off after the end of the mail', { END: '451 later' }, 'retry'],
    ['takes the mail and hangs up at QUIT', { QUIT: null }, 'sent'],
  ])('by a server that %s', async (_name, script, kind) => {
    await using server = await scriptedServer(script);
    const outcome = await deliver(server.port, deliveryOf(), 500);
    expect(outcome).toMatchObject({ kind });
  });

  it('is marked when it is sent again', async () => {
    await using server = await smtpServer();
    await deliver(server.port, deliveryOf({ attempt: 2, mayRepeat: true }));
    expect(server.mails[0]?.text).toContain('Possible repeat');
  });

  it('was sent over a guarded connection or not at all', async () => {
    await using server = await smtpServer();
    const settings = {
      id: 'mail',
      type: 'email',
      to: ['ana@acme.example'],
      from: 'leeway@acme.example',
      smtpUrl: `smtp://localhost:${server.port}`,
    } as const;
    const egress = { ...LOCAL_EGRESS, open: [] };
    expect(await receiver.deliver(deliveryOf(), contextOf(settings, { egress }))).toMatchObject({
      kind: 'failed',
    });
    expect(server.mails).toEqual([]);
  });
});
