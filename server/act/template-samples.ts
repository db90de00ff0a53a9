import type { Alert, Notice } from '../model.ts';
import { MOST_LISTED } from './template-values.ts';

/** Notices that templates are tried on before they are taken: every kind of value is there in one and missing in another. */

const AT_MS = Date.UTC(2026, 0, 2, 3, 4);
const TENANT = 'sample';

const ALERT: Alert = {
  tenant: TENANT,
  model: 'model',
  id: 'sample.1',
  rule: 'feature-drift',
  subject: 'feature',
  episode: 1,
  state: 'firing',
  severity: 'page',
  startedAtMs: AT_MS,
  resolvedAtMs: null,
  summary: 'feature drifted',
  value: 0.4,
  peak: 0.5,
  evidence: { text: 'cell (1, 2] rose from 3 to 21 %', cause: 'the unit changed' },
  labels: { tenant: TENANT, model: 'model', rule: 'feature-drift' },
  acknowledgedBy: 'somebody',
  acknowledgedUntilMs: AT_MS,
  silencedBy: null,
  inhibitedBy: null,
  recoversAtMs: null,
  opened: 1,
  incidentId: 'inc_sample',
};

/** What an alert may be without. */
const BARE: Partial<Alert> = {
  subject: '',
  severity: 'ticket',
  value: null,
  peak: null,
  evidence: { text: '' },
  labels: {},
  acknowledgedBy: null,
  acknowledgedUntilMs: null,
  incidentId: null,
};

const RESOLVED: Alert = { ...ALERT, id: 'sample.2', state: 'resolved', resolvedAtMs: AT_MS };

export const SAMPLE: Notice = {
  tenant: TENANT,
  model: 'model',
  id: 'ntc_sample',
  receiver: 'receiver',
  reason: 'new_alerts',
  severity: 'page',
  incidentId: 'inc_sample',
  labels: { tenant: TENANT, model: 'model' },
  title: 'Model: feature drifted',
  cause: 'the unit changed',
  isQuiet: false,
  digest: null,
  omitted: 1,
  believed: {},
  url: 'https://leeway.example/#/incidents/inc_sample',
  atMs: AT_MS,
  firing: [ALERT],
  resolved: [],
};

/** Longer than a summary is told, so that it comes out as long as it can. */
const LONG = 'long '.repeat(80);
const listed = (alert: Alert) =>
  Array.from({ length: MOST_LISTED }, (_, index) => ({
    ...alert,
    ...(index % 2 === 0 ? {} : BARE),
    id: `sample.${index}`,
    summary: LONG,
  }));

/** One of every other reason, with what comes along with it. */
const CHANGES: Readonly<Record<Exclude<Notice['reason'], 'first' | 'all_resolved'>, Partial<Notice>>> = {
  new_alerts: { firing: [ALERT, { ...ALERT, ...BARE, id: 'sample.3' }] },
  some_resolved: { resolved: [RESOLVED] },
  repeat: { firing: [{ ...ALERT, acknowledgedBy: null, acknowledgedUntilMs: null }] },
  acknowledged: {},
  incident_update: { update: 'Escalated: nobody has acknowledged this so far.' },
  silence_ending: {
    update: 'The silence ends in 15 minutes.',
    firing: [{ ...ALERT, silencedBy: 'sil_sample' }],
  },
};

const CHANGED = Object.entries(CHANGES).map(([reason, change]) => ({
  words: `a notice of the reason ${reason}`,
  notice: { ...SAMPLE, ...change, reason: reason as Notice['reason'] },
}));

export const SAMPLES: readonly { readonly words: string; readonly notice: Notice }[] = [
  { words: 'a notice of an alert that fires', notice: { ...SAMPLE, reason: 'first' } },
  {
    words: 'a notice of an alert that is over',
    notice: { ...SAMPLE, reason: 'all_resolved', firing: [], resolved: [RESOLVED] },
  },
  {
    words: `a storm of ${2 * MOST_LISTED} alerts`,
    notice: {
      ...SAMPLE,
      reason: 'repeat',
      digest: { groups: 30, pages: 40, tickets: 10 },
      firing: listed(ALERT),
      resolved: listed(RESOLVED),
    },
  },
  {
    words: 'a notice without anything that may be missing',
    notice: {
      ...SAMPLE,
      reason: 'first',
      severity: 'ticket',
      model: '',
      incidentId: null,
      labels: {},
      cause: null,
      firing: [],
    },
  },
  ...CHANGED,
];
