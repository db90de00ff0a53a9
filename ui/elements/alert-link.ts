import { html } from 'lit';
import { href } from '../router.ts';
import type { Alert } from '../types.ts';

/** An alert in a line: to its incident, or to its model. */
export function alertLink({ tenant, model, incidentId, summary, severity }: Alert) {
  const to = incidentId === null ? href(['models', tenant, model]) : href(['incidents', incidentId]);
  return html`<a href=${to}>${summary}</a> <span class="quiet">${severity}, ${model}</span>`;
}
