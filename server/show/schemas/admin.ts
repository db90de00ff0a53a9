import { z } from '@hono/zod-openapi';
import { asOf, count, list, maybe, name, scope, text, time } from './common.ts';

const principal = z.object({ name: text, tenant: maybe(text), scopes: list(scope) });

export const me = z.object({ principal, tenants: list(z.object({ id: text, title: text })) }).openapi('Me');

export const signIn = z.strictObject({ key: name }).openapi('SignIn');

export const quarantined = z.object({
  atMs: time,
  tenant: text,
  protocol: text,
  reason: text,
  count,
  message: text,
  shape: list(z.object({ name: text, kind: text })).optional(),
});

export const refusedTotal = z.object({
  tenant: text,
  reason: text,
  protocol: text,
  records: count,
  requests: count,
  firstMs: time,
  lastMs: time,
  whatToDo: text,
});

export const ingestStatus = z
  .object({
    ...asOf,
    otlpUrl: text,
    jsonUrl: text,
    grpcAddress: maybe(text),
    lights: list(
      z.object({ id: z.enum(['connected', 'authenticated', 'parsed', 'stored']), lit: z.boolean(), text }),
    ),
    predictions: count,
    labels: count,
    quarantine: list(quarantined),
    refused: list(refusedTotal),
    next: text,
  })
  .openapi('IngestStatus');

const keyEntry = z.object({
  id: text,
  prefix: text,
  tenant: maybe(text),
  scopes: list(scope),
  createdAtMs: time,
  revokedAtMs: maybe(time),
});

export const keyList = z.object({ keys: list(keyEntry) }).openapi('KeyList');

export const newKeyRequest = z
  .strictObject({ tenant: maybe(name).optional(), scopes: z.array(scope).min(1).max(4) })
  .openapi('NewKeyRequest');

export const newKey = z.object({ id: text, key: text }).openapi('NewKey');

export const audit = z
  .object({
    entries: list(
      z.object({
        sequence: count,
        tenant: maybe(text),
        atMs: time,
        actor: text,
        kind: text,
        subject: text,
        text,
        hash: text,
      }),
    ),
  })
  .openapi('AuditList');

export const newDeployment = z
  .strictObject({
    tenant: name.optional(),
    model: name,
    version: name,
    at: z.union([z.number().int().positive(), z.iso.datetime({ offset: true })]).optional(),
  })
  .openapi('NewDeployment');

export const deployment = z
  .object({ tenant: text, model: text, version: text, atMs: time })
  .openapi('Deployment');

export const dashboardList = z
  .object({ dashboards: list(z.object({ uid: text, title: text, url: text })) })
  .openapi('DashboardList');
