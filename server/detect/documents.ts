import { hash } from 'node:crypto';
import type { Document } from '../model.ts';

/** Parts that stay the same from window to window are written out once. */
const known = new WeakMap<object, Document>();

export type Part = object | string | number;

/** Names of features and the like, which are parts of many inputs. */
const knownTexts = new Map<string, Document>();
const MOST_TEXTS = 10_000;

/** A part of a detector's input as a document. Objects are taken to be frozen: the same one is the same document. */
export function documentOf(part: Part): Document {
  if (typeof part === 'string') return textOf(part);
  if (typeof part !== 'object') return written(part);
  const found = known.get(part);
  if (found !== undefined) return found;
  const document = written(part);
  known.set(part, document);
  return document;
}

function textOf(part: string): Document {
  const found = knownTexts.get(part);
  if (found !== undefined) return found;
  if (knownTexts.size >= MOST_TEXTS) knownTexts.clear();
  const document = written(part);
  knownTexts.set(part, document);
  return document;
}

function written(part: Part): Document {
  const body = JSON.stringify(part);
  return { id: hash('sha256', body).slice(0, 32), body };
}

/** The documents of a detector's input, by part. */
export function documentsOf(input: Readonly<Record<string, Part>>): Readonly<Record<string, Document>> {
  return Object.fromEntries(Object.entries(input).map(([part, value]) => [part, documentOf(value)]));
}
