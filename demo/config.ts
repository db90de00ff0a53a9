import { fileURLToPath } from 'node:url';
import type { ModelSettings, ReceiverSettings, Settings } from '../server/settings.ts';
import { CLASSIFIER, LATE, REGRESSION } from './models/catalog.ts';

/** What a `leeway.yaml` of the demo would say, as the settings it is read into. */
export interface DemoConfig {
  readonly dataFolder: string;
  readonly port: number;
  readonly otlpPort: number;
  readonly servingUrl: string;
  readonly standIns: {
    readonly slackApiUrl: string;
    readonly smtpUrl: string;
    readonly hookUrl: string;
    readonly trainerUrl: string;
  };
  readonly slackToken: string;
  readonly webhookSecret: string;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const MEBIBYTE = 1024 * 1024;
const HOST = '127.0.0.1';

export function demoSettings(config: DemoConfig): Settings {
  return {
    dataFolder: config.dataFolder,
    rulesFolder: fileURLToPath(new URL('../alert-rules', import.meta.url)),
    listen: { host: HOST, port: config.port, otlpPort: config.otlpPort },
    publicUrl: `http://${HOST}:${config.port}`,
    tenants: [
      { id: CLASSIFIER.tenant, title: 'Skyline Airports' },
      { id: REGRESSION.tenant, title: 'Meridian Travel' },
    ],
    models: [classifier(config), regression(config)],
    receivers: receivers(config),
    route: route(),
    calendars: [],
    inhibit: [],
    acknowledgeForMs: 2 * HOUR_MS,
    longestSilenceMs: 7 * DAY_MS,
    egress: { allow: [`http://${HOST}:*`], tenants: {}, open: [`${HOST}/32`], ports: [], proxy: null },
    storage: { keepRowsMs: 400 * 86_400_000, keepCountsMs: 400 * 86_400_000, minFreeBytes: 0 },
    limits: {
      maxCompressedBytes: 16 * MEBIBYTE,
      maxBodyBytes: 64 * MEBIBYTE,
      maxBytesInFlight: 256 * MEBIBYTE,
      maxFeatures: 1000,
      maxModelsPerTenant: 200,
      maxStringBytes: 8192,
      maxDepth: 8,
      maxAgeMs: 400 * DAY_MS,
      // The serving process answers the next story step while the appliance still stands at the end of this one.
      maxAheadMs: 3 * HOUR_MS,
    },
  };
}

function watched(
  config: DemoConfig,
): Omit<ModelSettings, 'tenant' | 'model' | 'title' | 'task' | 'positive'> {
  return {
    labels: {},
    windowMs: DAY_MS,
    settleMs: 10 * MINUTE_MS,
    baseline: { kind: 'reference', minRows: 50_000 },
    drift: {
      against: ['fixed'],
      season: 'auto',
      movingSpanMs: 28 * DAY_MS,
      excluded: [],
      importance: {},
    },
    unmonitored: [],
    groups: ['origin_region'],
    silentAfterMs: DAY_MS,
    slos: [
      { id: 'availability', kind: 'availability', target: 0.995, periodMs: 28 * DAY_MS, thresholdMs: null },
      // An instance's own work takes microseconds; what is slower met a stall of the machine.
      { id: 'latency', kind: 'latency', target: 0.99, periodMs: 28 * DAY_MS, thresholdMs: 50 },
    ],
    retrain: { receiver: 'trainer', cooldownMs: DAY_MS },
    rollback: {
      url: `${config.servingUrl}/admin/deploy`,
      secret: config.webhookSecret,
      verifyShare: 0.99,
      // At night an hour has some ten flights of the sample.
      verifyWithinMs: 8 * HOUR_MS,
      verifyMinRows: 100,
    },
  };
}

function classifier(config: DemoConfig): ModelSettings {
  return { ...watched(config), ...CLASSIFIER, title: 'Late arrival', task: 'binary', positive: LATE };
}

function regression(config: DemoConfig): ModelSettings {
  return { ...watched(config), ...REGRESSION, title: 'Delay in minutes', task: 'regression', positive: null };
}

function receivers({ slackToken, standIns, webhookSecret }: DemoConfig): readonly ReceiverSettings[] {
  return [
    { id: 'slack', type: 'slack', channel: '#ml-on-call', token: slackToken, apiUrl: standIns.slackApiUrl },
    {
      id: 'email',
      type: 'email',
      to: ['ml-on-call@skyline.example'],
      from: 'leeway@skyline.example',
      smtpUrl: standIns.smtpUrl,
    },
    { id: 'webhook', type: 'webhook', url: standIns.hookUrl, secret: webhookSecret },
    { id: 'trainer', type: 'webhook', url: standIns.trainerUrl, secret: webhookSecret },
  ];
}

function route(): Settings['route'] {
  const root = {
    matchers: [],
    continues: false,
    groupBy: ['tenant', 'model'],
    groupWaitMs: 5 * MINUTE_MS,
    groupIntervalMs: 30 * MINUTE_MS,
    repeatIntervalMs: 3 * DAY_MS,
    active: [],
    muted: [],
    escalate: [],
    fallback: [],
  };
  const page = [{ name: 'severity', op: '=', value: 'page' }] as const;
  const pages = {
    ...root,
    id: 'pages',
    matchers: page,
    receivers: ['slack', 'email', 'webhook'],
    routes: [],
  };
  return { ...root, id: 'root', receivers: ['email'], routes: [pages] };
}
