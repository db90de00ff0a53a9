import { html, nothing } from 'lit';
import { href } from '../router.ts';
import { duration } from '../format.ts';
import type { Alert } from '../types.ts';
import './time.ts';

/** As the rules count: an alert that opened so often of late flaps. */
const FLAPS = 3;

/** What is to be known of an alert beside its severity: who looks after it, what holds it back, how it goes on. */
export function alertMarks(alert: Alert, nowMs: number) {
  const { acknowledgedBy, acknowledgedUntilMs, silencedBy, inhibitedBy, recoversAtMs, opened, state } = alert;
  const fires = state === 'firing';
  const until =
    acknowledgedUntilMs === null || acknowledgedUntilMs <= nowMs
      ? ''
      : ` for ${duration(acknowledgedUntilMs - nowMs)} more`;
  return html`${
    acknowledgedBy === null ? nothing : mark(html`acknowledged by ${acknowledgedBy}${fires ? until : ''}`)
  }
  ${
    silencedBy === null || !fires
      ? nothing
      : mark(html`<a href=${href(['silences'], { id: silencedBy })}>silenced</a>`)
  }
  ${inhibitedBy === null || !fires ? nothing : mark(html`another alert speaks for it`)}
  ${
    recoversAtMs === null || !fires
      ? nothing
      : mark(
          html`recovering: ends ${recoversAtMs > nowMs ? html`in ${duration(recoversAtMs - nowMs)}` : 'now'}
          unless it comes back`,
        )
  }
  ${opened < FLAPS || !fires ? nothing : mark(html`flapping: opened ${opened} times of late`)}`;
}

function mark(content: unknown) {
  return html`<span class="quiet">${content}</span>`;
}
