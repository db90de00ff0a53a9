import { connect } from 'node:net';
import type { Socket } from 'node:net';

export interface Answer {
  /** Of HTTP; 0 when the connection broke before there was one. */
  readonly status: number;
  readonly body: Buffer;
}

/** Sends one request after another. */
export interface Connection {
  readonly usable: () => boolean;
  readonly send: (body: Buffer) => Promise<Answer>;
  readonly end: () => void;
}

export const BROKEN: Answer = { status: 0, body: Buffer.alloc(0) };

/** A connection that sends one HTTP/1.1 request after another with as little work as can be. */
export class HttpConnection implements Connection {
  readonly #socket: Socket;
  readonly #head: string;
  #open: PromiseWithResolvers<Answer> | null = null;
  #got: Buffer = Buffer.alloc(0);

  private constructor(socket: Socket, head: string) {
    this.#socket = socket;
    this.#head = head;
    socket.setNoDelay(true);
    socket.on('data', (bytes) => this.#take(bytes));
    socket.on('error', () => this.#broken());
    socket.on('close', () => this.#broken());
  }

  /** `head` is the request line and headers that every request has. */
  static to(url: string, head: string): Promise<Connection> {
    const { hostname, port } = new URL(url);
    return new Promise((resolve, reject) => {
      const socket = connect(Number(port), hostname, () => resolve(new HttpConnection(socket, head)));
      socket.once('error', reject);
    });
  }

  usable(): boolean {
    return this.#socket.writable;
  }

  send(body: Buffer): Promise<Answer> {
    this.#open = Promise.withResolvers<Answer>();
    this.#socket.cork();
    this.#socket.write(`${this.#head}content-length: ${body.length}\r\n\r\n`, 'latin1');
    this.#socket.write(body);
    this.#socket.uncork();
    return this.#open.promise;
  }

  end(): void {
    this.#socket.destroy();
  }

  #take(bytes: Buffer): void {
    this.#got = this.#got.length === 0 ? bytes : Buffer.concat([this.#got, bytes]);
    const answer = parsed(this.#got);
    if (answer === null) return;
    this.#got = Buffer.alloc(0);
    const open = this.#open;
    this.#open = null;
    // Refused before it was sent whole: the rest is not worth sending, and what comes next needs another connection.
    if (this.#socket.writableLength > 0) this.#socket.destroy();
    open?.resolve(answer);
  }

  #broken(): void {
    this.#open?.resolve(BROKEN);
    this.#open = null;
  }
}

/** null while the answer has not come whole. Of chunked bodies only the end is looked for. */
function parsed(bytes: Buffer): Answer | null {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd < 0) return null;
  const head = bytes.toString('latin1', 0, headEnd).toLowerCase();
  const status = Number(head.slice(9, 12));
  const body = bytes.subarray(headEnd + 4);
  const length = /\r\ncontent-length: *(\d+)/.exec(head)?.[1];
  if (length !== undefined) return body.length >= Number(length) ? { status, body } : null;
  if (!head.includes('transfer-encoding: chunked')) return { status, body };
  return body.subarray(-5).equals(LAST_CHUNK) ? { status, body } : null;
}

const LAST_CHUNK = Buffer.from('0\r\n\r\n');
