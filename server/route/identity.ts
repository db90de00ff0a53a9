import { hash } from 'node:crypto';
import type { ModelKey } from '../model.ts';

/** 16 hex digits over the parts; the parts cannot run into each other. */
export function shortHash(...parts: readonly (string | number)[]): string {
  return hash('sha256', JSON.stringify(parts)).slice(0, 16);
}

export function alertIdentity(key: ModelKey, rule: string, subject: string): string {
  return shortHash('alert', rule, key.tenant, key.model, subject);
}

/** One id per life of an alert, so that a second life is never taken for the first. */
export function alertId(identity: string, episode: number): string {
  return `${identity}.${episode}`;
}

/** sha256 over JSON with sorted keys: equal plans have equal hashes, whatever their key order. */
export function canonicalHash(value: unknown): string {
  return hash('sha256', canonicalJson(value));
}

function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(
          Object.entries(part).sort(([first], [second]) => (first < second ? -1 : first > second ? 1 : 0)),
        )
      : part,
  );
}
