import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { ApiFailure } from './api.ts';
import { listen } from './live.ts';
import type { LiveEvent } from './types.ts';

const LEAST_BETWEEN_MS = 1_000;
const QUIET_REFRESH_MS = 30_000;
export const AS_OF = 'lw-as-of';

export interface Clock {
  readonly asOfMs: number;
  readonly nextRunMs: number | null;
}

type Host = ReactiveControllerHost & EventTarget;

/**
 * What a page shows, loaded and kept fresh: again after each change told by the server, at most once a second, and
 * every half minute. While it loads, and when that fails, the old value stays.
 */
export class Resource<T extends object> implements ReactiveController {
  value: T | null = null;
  failure: ApiFailure | null = null;
  loading = false;
  private readonly host: Host;
  private readonly fetch: (signal: AbortSignal) => Promise<T>;
  private readonly concerns: (event: LiveEvent) => boolean;
  private running: AbortController | null = null;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private startedAtMs = 0;
  private again = false;
  private stopListening: (() => void) | null = null;

  constructor(
    host: Host,
    options: {
      readonly fetch: (signal: AbortSignal) => Promise<T>;
      readonly concerns?: (event: LiveEvent) => boolean;
    },
  ) {
    this.host = host;
    this.fetch = options.fetch;
    this.concerns = options.concerns ?? (() => true);
    host.addController(this);
  }

  hostConnected(): void {
    this.stopListening = listen((event) => {
      if (event === null || this.concerns(event)) this.reloadSoon();
    });
    if (this.value !== null) this.reload();
  }

  hostDisconnected(): void {
    this.stopListening?.();
    if (this.timer !== null) clearTimeout(this.timer);
    this.running?.abort();
    this.running = null;
  }

  /** Shows something else: forgets the old value unless `keep`, and loads at once. */
  start(options: { readonly keep?: boolean } = {}): void {
    if (options.keep !== true) this.value = null;
    this.failure = null;
    this.running?.abort();
    this.running = null;
    this.reload();
  }

  reload(): void {
    if (this.running !== null) {
      this.again = true;
      return;
    }
    void this.load();
  }

  private reloadSoon(afterMs = LEAST_BETWEEN_MS - (performance.now() - this.startedAtMs)): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = setTimeout(() => this.reload(), Math.max(0, afterMs));
  }

  private async load(): Promise<void> {
    const running = new AbortController();
    this.running = running;
    this.startedAtMs = performance.now();
    this.loading = true;
    this.host.requestUpdate();
    try {
      this.accept(await this.fetch(running.signal), running);
    } catch (error) {
      this.refuse(error, running);
    }
  }

  private accept(value: T, running: AbortController): void {
    if (this.running !== running) return;
    this.value = value;
    this.failure = null;
    this.settle();
    if ('asOfMs' in value) {
      this.host.dispatchEvent(new CustomEvent(AS_OF, { detail: value, bubbles: true, composed: true }));
    }
  }

  private refuse(error: unknown, running: AbortController): void {
    if (this.running !== running) return;
    this.failure =
      error instanceof ApiFailure
        ? error
        : new ApiFailure(`This page could not be shown: ${String(error)}`, { status: 0, requestId: null });
    this.settle();
  }

  private settle(): void {
    this.running = null;
    this.loading = false;
    this.host.requestUpdate();
    this.reloadSoon(this.again ? undefined : QUIET_REFRESH_MS);
    this.again = false;
  }
}
