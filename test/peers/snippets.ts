import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { expect } from 'vitest';
import { placed } from '../../ui/places.ts';
import type { Appliance } from './appliance.ts';
import { readStored } from './stored.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const SNIPPETS = join(ROOT, 'ui/snippets');

/** A folder in which programs find this project's packages. */
export function snippetFolder(): { readonly path: string; readonly remove: () => void } {
  const cache = join(ROOT, '.cache');
  mkdirSync(cache, { recursive: true });
  const path = mkdtempSync(join(cache, 'snippets-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Copies a snippet as the UI shows it, with the addresses of a running server; returns the copy's path. */
export function copySnippet(
  name: string,
  { url, otlpUrl, grpcAddress, to }: Pick<Appliance, 'url' | 'otlpUrl' | 'grpcAddress'> & { to: string },
): string {
  const code = readFileSync(join(SNIPPETS, name), 'utf8');
  const copy = join(to, basename(name));
  writeFileSync(copy, placed(code, { jsonUrl: url, otlpUrl, grpcAddress }));
  return copy;
}

export const snippetText = (name: string) => readFileSync(join(SNIPPETS, name), 'utf8');

/** That of every snippet one prediction and one label are there, with all it sent; the appliance has ended. */
export async function expectFromSnippets(folder: string, ids: readonly string[]): Promise<void> {
  const { model, predictions, labels } = await readStored(folder);
  expect(model).toBe('fraud');
  const sent = predictions.map(({ id, version, value, score, features }) => ({
    id,
    version,
    value,
    score,
    features,
  }));
  const features = { amount: 80.5, channel: 'app' };
  expect(sent).toEqual(ids.map((id) => ({ id, version: 'v1', value: 'fraud', score: 0.97, features })));
  expect(labels).toEqual(ids.map((id) => ({ id, value: 'fraud' })));
}
