/** Where a running server listens, as the pages and the snippets on them name it. */
export interface Places {
  readonly jsonUrl: string;
  readonly otlpUrl: string;
  /** host:port; null when OTLP over gRPC is not taken. */
  readonly grpcAddress: string | null;
}

export const PLACEHOLDER = 'YOUR_INGEST_KEY';

/** The one line in front of every snippet. */
export function keyLine(key: string | null): string {
  return `export LEEWAY_KEY=${key ?? PLACEHOLDER}`;
}

const DEFAULTS = /http:\/\/127\.0\.0\.1:8080|http:\/\/127\.0\.0\.1:4318|\b127\.0\.0\.1:4317\b/g;

/** A snippet with the addresses of a running server in place of the default ones. */
export function placed(code: string, { jsonUrl, otlpUrl, grpcAddress }: Places): string {
  return code.replace(DEFAULTS, (address) => {
    if (address.endsWith(':8080')) return new URL(jsonUrl).origin;
    return address.endsWith(':4318') ? new URL(otlpUrl).origin : (grpcAddress ?? address);
  });
}
