import type { AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';
import PostalMime from 'postal-mime';
import { SMTPServer } from 'smtp-server';
import type { Board } from './board.ts';

/** A mail server that takes every mail and delivers it to the board. */
export async function startMailServer(
  board: Board,
): Promise<{ readonly url: string; readonly close: () => Promise<void> }> {
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onData: (stream, _session, reply) => void take(board, stream, reply),
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${port}`,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

async function take(board: Board, stream: Readable, reply: (error?: Error | null) => void): Promise<void> {
  try {
    await deliver(board, Buffer.concat(await stream.toArray()));
    reply();
  } catch (error) {
    reply(error instanceof Error ? error : new Error(String(error)));
  }
}

async function deliver(board: Board, raw: Buffer): Promise<void> {
  const mail = await PostalMime.parse(raw);
  board.add({
    channel: 'email',
    id: mail.messageId ?? '',
    title: mail.subject ?? 'without a subject',
    text: `To ${(mail.to ?? []).map((to) => to.address ?? '').join(', ')}\n${mail.text ?? ''}`,
    thread: mail.inReplyTo ?? null,
  });
}
