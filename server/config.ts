import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { ERROR_EDGES } from '../detectors/outcome-cells.ts';
import type { SecretReference } from './config-common.ts';
import { toEgress } from './config-egress.ts';
import { toReceiver } from './config-receivers.ts';
import { positionIn } from './config-position.ts';
import { routeMistakes, type Remark } from './config-route-check.ts';
import { routeDoubts } from './config-route-doubts.ts';
import { toCalendars, toInhibits, toRoute } from './config-route.ts';
import { configSchema, modelSchema, type ConfigFile, type ModelFile } from './config-schema.ts';
import { sloMistakes } from './config-slo-mistakes.ts';
import { share, toSlo } from './config-slo.ts';
import { templateMistakes } from './config-templates.ts';
import { isSigningSecret } from './act/sign.ts';
import { FatalError } from './errors.ts';
import type { BaselineSource, ModelKey } from './model.ts';
import { hashesWithoutKey, toDeclaration, toPii } from './config-privacy.ts';
import type { DriftSettings, HeartbeatSettings, ModelSettings, Settings } from './settings.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const SHIPPED_RULES = fileURLToPath(new URL('../alert-rules', import.meta.url));

/**
 * Reads and validates a configuration file. Every mistake ends with file, line, column and what was expected
 * (FatalError, exit code 2); nothing has been touched then.
 */
export function loadConfig(file: string, environment: Environment): Settings {
  if (!existsSync(file))
    throw new FatalError(
      `${file}: no such file; write one (see leeway.example.yaml) or name another with --config`,
      { exitCode: 2 },
    );
  return parseConfig(readFileSync(file, 'utf8'), { file, environment });
}

/** The same for a text; paths in it are relative to the folder of `file`. */
export function parseConfig(
  text: string,
  { file, environment }: { readonly file: string; readonly environment: Environment },
): Settings {
  const { config, where } = readConfig(text, file);
  return toSettings(config, { folder: dirname(resolve(file)), environment, where });
}

/** What a valid file says that is hardly meant, each with file, line and column. */
export function configDoubts(text: string, file: string): readonly string[] {
  const { config, where } = readConfig(text, file);
  return routeDoubts(config).map(({ path, message }) => `${where(path)} ${message}`);
}

type Where = (path: readonly PropertyKey[], column?: number) => string;

function readConfig(text: string, file: string): { readonly config: ConfigFile; readonly where: Where } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const where: Where = (path, column) => `${file}:${positionIn({ text, document, lines }, path, column)}`;
  const broken = document.errors[0];
  if (broken !== undefined)
    throw refused([
      `${file}:${broken.linePos?.[0].line ?? 1}:${broken.linePos?.[0].col ?? 1} ${broken.message.split('\n')[0]}`,
    ]);
  const parsed = configSchema.safeParse(document.toJS() ?? {});
  if (!parsed.success) throw refused(parsed.error.issues.flatMap((issue) => messages(issue, where)));
  const unknown = unknownNames(parsed.data);
  if (unknown.length > 0)
    throw refused(unknown.map(({ path, column, message }) => `${where(path, column)} ${message}`));
  return { config: parsed.data, where };
}

/** The settings a model gets that sends predictions without being configured. */
export function defaultModel({ tenant, model }: ModelKey): ModelSettings {
  return { ...DEFAULTS, tenant, model, title: model };
}

/** Names that arrive are not held to the rules of names that people configure. */
const DEFAULTS = toModel(modelSchema.parse({ tenant: 'any', name: 'any' }), () => '');

function refused(lines: readonly string[]): FatalError {
  return new FatalError(lines.join('\n'), { exitCode: 2 });
}

type Issue = z.core.$ZodIssue;

function messages(issue: Issue, where: Where): readonly string[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map(
      (key) => `${where([...issue.path, key])} unknown key "${key}" in ${label(issue.path)}`,
    );
  const column = issue.code === 'custom' ? Number(issue.params?.['column'] ?? 1) : 1;
  return [`${where(issue.path, column)} ${label(issue.path)}: ${issue.message}`];
}

function label(path: readonly PropertyKey[]): string {
  return path.length === 0 ? 'the file' : path.map(String).join('.');
}

/** Names that point at nothing: a receiver of a route, a tenant of a model, the same id twice; and what no template can say. */
function unknownNames(config: ConfigFile): readonly Remark[] {
  const receivers = config.receivers.map((receiver) => receiver.id);
  const missing = (path: readonly PropertyKey[], id: string): readonly Remark[] =>
    receivers.includes(id)
      ? []
      : [
          {
            path,
            message: `unknown receiver "${id}"; expected one of ${receivers.join(', ') || 'none, there are no receivers'}`,
          },
        ];
  const ofModels = config.models.flatMap((model, index) =>
    model.retrain === undefined
      ? []
      : missing(['models', index, 'retrain', 'receiver'], model.retrain.receiver),
  );
  return [
    ...routeMistakes(config),
    ...sloMistakes(config.models),
    ...ofModels,
    ...samePort(config),
    ...twice(config),
    ...hashesWithoutKey(config),
    ...templateMistakes(config.receivers),
  ];
}

function samePort({ listen }: ConfigFile): readonly Remark[] {
  const keys = ['port', 'otlpPort', 'grpcPort'] as const;
  return keys.flatMap((key, index) => {
    const first = keys.slice(0, index).find((other) => listen[other] === listen[key]);
    if (first === undefined || listen[key] === 0) return [];
    const message = `expected another port than listen.${first}, got ${listen[key]} twice`;
    return [{ path: ['listen', key], message }];
  });
}

function twice(config: ConfigFile): readonly Remark[] {
  const lists = [
    { path: 'receivers', ids: config.receivers.map((receiver) => receiver.id) },
    { path: 'tenants', ids: config.tenants.map((tenant) => tenant.id) },
    { path: 'models', ids: config.models.map((model) => `${model.tenant}/${model.name}`) },
  ];
  return lists.flatMap(({ path, ids }) =>
    ids.flatMap((id, index) =>
      ids.indexOf(id) < index ? [{ path: [path, index], message: `"${id}" is there twice in ${path}` }] : [],
    ),
  );
}

interface Context {
  readonly folder: string;
  readonly environment: Environment;
  readonly where: Where;
}

function toSettings(config: ConfigFile, context: Context): Settings {
  const secretAt = (path: readonly PropertyKey[]) => (reference: SecretReference) =>
    readSecret(reference, context, path);
  const signingAt = (path: readonly PropertyKey[]) => (reference: SecretReference) =>
    signingSecret(secretAt(path)(reference), context.where(path));
  const pii = toPii(config.tenants, (index) => secretAt(['tenants', index, 'pii', 'key']));
  const { maxAge, maxAhead, minFreeBytes, ...sizes } = config.limits;
  const { rows, counts } = config.retention;
  return {
    dataFolder: resolve(context.folder, config.data),
    rulesFolder: config.rules === undefined ? SHIPPED_RULES : resolve(context.folder, config.rules),
    listen: config.listen,
    publicUrl: config.publicUrl ?? `http://${config.listen.host}:${config.listen.port}`,
    tenants: config.tenants.map(({ id, title }) => ({ id, title: title ?? id })),
    models: config.models.map((model, index) =>
      toModel(model, secretAt(['models', index, 'rollback', 'secret'])),
    ),
    receivers: config.receivers.map((receiver, index) =>
      toReceiver(receiver, (keys, reference) => {
        const path = ['receivers', index, ...keys];
        return receiver.type === 'webhook' ? signingAt(path)(reference) : secretAt(path)(reference);
      }),
    ),
    route: toRoute(config.route),
    calendars: toCalendars(config.calendars),
    inhibit: toInhibits(config.inhibit),
    acknowledgeForMs: config.acknowledgeFor,
    longestSilenceMs: config.longestSilence,
    egress: toEgress(config.egress, secretAt(['egress', 'proxy'])),
    ...(config.heartbeat !== undefined && {
      heartbeat: toHeartbeat(config.heartbeat, secretAt(['heartbeat', 'url'])),
    }),
    limits: { ...sizes, maxAgeMs: maxAge, maxAheadMs: maxAhead },
    ...(pii.length > 0 && { pii }),
    storage: { keepRowsMs: rows, keepCountsMs: counts, minFreeBytes },
  };
}

function readSecret(reference: SecretReference, context: Context, path: readonly PropertyKey[]): string {
  if ('env' in reference) {
    const value = context.environment[reference.env];
    if (value === undefined || value === '')
      throw refused([`${context.where(path)} the environment variable ${reference.env} is not set`]);
    return value;
  }
  const file = resolve(context.folder, reference.file);
  if (!existsSync(file))
    throw refused([`${context.where(path)} the secret file ${reference.file} does not exist`]);
  return readFileSync(file, 'utf8').trim();
}

/** Webhooks are signed by Standard Webhooks; a secret that cannot sign is found now, not at the first page. */
function signingSecret(secret: string, where: string): string {
  if (!isSigningSecret(secret))
    throw refused([
      `${where} expected a signing secret: whsec_ and 24 to 64 bytes in base64, or whsk_ and an Ed25519 key`,
    ]);
  return secret;
}

function toHeartbeat(
  { url, every }: NonNullable<ConfigFile['heartbeat']>,
  secretOf: (reference: SecretReference) => string,
): HeartbeatSettings {
  return { url: typeof url === 'string' ? url : secretOf(url), everyMs: every };
}

function toModel(model: ModelFile, secretOf: (reference: SecretReference) => string): ModelSettings {
  return {
    tenant: model.tenant,
    model: model.name,
    title: model.title ?? model.name,
    labels: model.labels,
    task: model.task,
    positive: model.positive ?? null,
    windowMs: model.window,
    settleMs: model.settle,
    baseline: toBaseline(model.baseline),
    drift: toDrift(model.drift),
    unmonitored: model.unmonitored,
    groups: model.groups,
    silentAfterMs: model.silentAfter,
    slos: model.slos.map((slo) => toSlo(slo, { windowMs: model.window, tolerances: ERROR_EDGES })),
    retrain:
      model.retrain === undefined
        ? null
        : { receiver: model.retrain.receiver, cooldownMs: model.retrain.cooldown },
    rollback: model.rollback === undefined ? null : toRollback(model.rollback, secretOf),
    ...(model.schema !== undefined && { schema: toDeclaration(model.schema) }),
  };
}

function toRollback(
  rollback: NonNullable<ModelFile['rollback']>,
  secretOf: (reference: SecretReference) => string,
): NonNullable<ModelSettings['rollback']> {
  return {
    url: rollback.url,
    secret: secretOf(rollback.secret),
    verifyShare: share(rollback.verifyShare),
    verifyWithinMs: rollback.verifyWithin,
    verifyMinRows: rollback.verifyMinRows,
  };
}

function toDrift({ movingSpan, excluded, ...drift }: ModelFile['drift']): DriftSettings {
  return { ...drift, movingSpanMs: movingSpan, excluded: excluded.map(rangeOf) };
}

function rangeOf({ from, to }: { readonly from: string; readonly to: string }): {
  readonly fromMs: number;
  readonly toMs: number;
} {
  return { fromMs: Date.parse(from), toMs: Date.parse(to) };
}

function toBaseline(baseline: ModelFile['baseline']): BaselineSource {
  if ('reference' in baseline) return { kind: 'reference', minRows: baseline.reference.minRows };
  if ('first' in baseline) return { kind: 'first', rows: baseline.first.rows };
  if ('uploaded' in baseline) return { kind: 'uploaded', set: baseline.uploaded.set };
  const { exclude, ...period } = baseline.period;
  const excluded = exclude?.map(rangeOf);
  return { kind: 'period', ...rangeOf(period), ...(excluded !== undefined && { exclude: excluded }) };
}
