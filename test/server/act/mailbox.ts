import type { AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

/** A real SMTP server on port 0 that keeps what it is sent; closed when the scope that holds it ends. */
export interface Mailbox extends AsyncDisposable {
  readonly port: number;
  readonly mails: Email[];
}

async function keep(stream: Readable, mails: Email[], done: () => void): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  mails.push(await PostalMime.parse(Buffer.concat(chunks)));
  done();
}

export async function mailbox(options: SMTPServerOptions = {}): Promise<Mailbox> {
  const mails: Email[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    onData: (stream, _session, done) => void keep(stream, mails, done),
    ...options,
  });
  server.on('error', () => {});
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  const close = () => new Promise<void>((resolve) => server.close(resolve));
  return { port, mails, [Symbol.asyncDispose]: close };
}
