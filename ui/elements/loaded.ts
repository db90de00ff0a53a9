import { html, nothing } from 'lit';
import type { Resource } from '../resource.ts';
import './notice.ts';
import './skeleton.ts';

/** Why nothing could be loaded, or nothing newer; empty while all is well. */
export function failureOf(resource: Resource<object>) {
  return html`<lw-failure
    .failure=${resource.failure}
    ?stale=${resource.value !== null}
    @retry=${() => resource.reload()}
  ></lw-failure>`;
}

/** What was loaded, as `content` shows it; a skeleton before that. Comes after `failureOf`. */
export function loaded<T extends object>({ value, failure }: Resource<T>, content: (value: T) => unknown) {
  if (value !== null) return content(value);
  return failure === null ? html`<lw-skeleton></lw-skeleton>` : nothing;
}
