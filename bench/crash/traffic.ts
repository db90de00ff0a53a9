import { HttpConnection } from '../kit/connection.ts';
import type { ServerUp } from '../kit/appliance.ts';
import { MODEL } from '../kit/payload.ts';
import { encode } from '../../test/server/ingest/support.ts';

/** Requests that are known by a number, and what became of each. */

export const ROWS = 100;

export interface Sent {
  readonly number: number;
  readonly route: 'predictions' | 'labels';
  readonly body: Buffer;
}

export interface Acknowledged extends Sent {
  /** How long the log was when the answer came: the rows stand before that. */
  readonly logBytes: number;
}

const DAY_MS = 86_400_000;

/** Every third one holds labels of the predictions two before. Times are spread over six days, four of them closed. */
export function requestOf(number: number, nowMs: number): Sent {
  const rows = Array.from({ length: ROWS }, (_, row) => row);
  if (number % 3 === 2) {
    const labels = rows.map((row) => {
      return { model: MODEL, id: `${number}-${row}`, time: nowMs - row, value: row % 2 };
    });
    return { number, route: 'labels', body: Buffer.from(JSON.stringify(labels)) };
  }
  const records = rows.map((row) => ({
    event: 'leeway.prediction',
    timeMs: nowMs - ((number * 7_919_003 + row * 5_184_011) % (6 * DAY_MS)),
    attributes: {
      'leeway.model.name': MODEL,
      'leeway.model.version': `v${row % 2}`,
      'leeway.prediction.id': `${number}-${row}`,
      'leeway.prediction.value': row % 7,
      'leeway.prediction.duration': row / 1000,
      'leeway.prediction.features': {
        n: (number * 37 + row) % 101,
        c: 'abcde'[row % 5] ?? 'a',
        gone: row % 10 === 0 ? null : row,
      },
      'leeway.protected': { region: row % 2 === 0 ? 'north' : 'south' },
    },
  }));
  return { number, route: 'predictions', body: encode({ records }) };
}

export interface Lane {
  /** Resolves with the status, 0 when the connection broke first. */
  readonly send: (request: Sent) => Promise<number>;
  readonly end: () => void;
}

/** A sender of its own: predictions over OTLP, labels over JSON. */
export async function openLane({ urls, key }: ServerUp): Promise<Lane> {
  const to = (url: string, path: string, type: string) =>
    HttpConnection.to(
      url,
      `POST ${path} HTTP/1.1\r\nhost: ${new URL(url).host}\r\nx-api-key: ${key}\r\ncontent-type: ${type}\r\n`,
    );
  const otlp = await to(urls['otlpUrl'] ?? '', '/v1/logs', 'application/x-protobuf');
  const json = await to(urls['url'] ?? '', '/api/v1/labels', 'application/json');
  return {
    send: async ({ route, body }) => {
      const connection = route === 'labels' ? json : otlp;
      return connection.usable() ? (await connection.send(body)).status : 0;
    },
    end: () => {
      otlp.end();
      json.end();
    },
  };
}
