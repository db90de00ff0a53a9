import { ServerResponse } from 'node:http';
import type { IncomingMessage } from 'node:http';

/** How long what still comes is thrown away: bytes that meet a closed socket would take the answer back from the sender. */
const LINGER_MS = 500;

/**
 * An answer of HTTP/1. One that is given before the body was read to its end closes the connection: who sends a next
 * request behind such a body cannot know whether the server still reads.
 */
export class EarlyAnswer<R extends IncomingMessage = IncomingMessage> extends ServerResponse<R> {
  override writeHead(...head: unknown[]): this {
    if (this.shouldKeepAlive && isUnread(this.req)) {
      this.shouldKeepAlive = false;
      linger(this.req);
    }
    return super.writeHead(...(head as Parameters<ServerResponse['writeHead']>));
  }
}

/** A request without a body may be answered before the parser has told its end. */
function isUnread({ complete, headers }: IncomingMessage): boolean {
  if (complete) return false;
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** Node ends the connection with the answer by `destroySoon`. */
function linger(request: IncomingMessage): void {
  const { socket } = request;
  socket.destroySoon = () => {
    socket.destroySoon = () => socket.destroy();
    socket.end();
    request.resume();
    const timer = setTimeout(() => socket.destroy(), LINGER_MS);
    socket.once('close', () => clearTimeout(timer));
  };
}
