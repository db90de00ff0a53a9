import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/** What every stage may import besides itself. */
const COMMON = [
  'server/model',
  'server/model-act',
  'server/model-alerts',
  'server/model-evidence',
  'server/model-schema',
  'server/model-rows',
  'server/model-rules',
  'server/batch',
  'server/batch-edit',
  'server/ids',
  'server/table',
  'server/settings',
  'server/settings-routing',
  'server/overrides',
  'server/ports',
  'server/ports-archive',
  'server/ports-baselines',
  'server/ports-counts',
  'server/ports-deliveries',
  'server/ports-incidents',
  'server/ports-schema',
  'server/ports-routing',
  'server/ports-rows',
  'server/ports-scores',
  'server/errors',
  'server/clock',
  'server/metrics',
  'server/log',
];

/** The architecture: which folder (or file) may import which. A folder may always import itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[] | 'everything'>> = {
  detectors: [],
  'server/model': [
    'detectors/types',
    'server/model-act',
    'server/model-alerts',
    'server/model-evidence',
    'server/model-schema',
    'server/model-rows',
    'server/model-rules',
  ],
  'server/model-act': ['server/model'],
  'server/model-alerts': ['server/model', 'server/model-evidence', 'server/settings'],
  'server/model-evidence': ['detectors/types'],
  'server/model-schema': ['server/model'],
  'server/model-rules': [],
  'server/model-rows': ['server/model', 'detectors/types'],
  'server/batch': ['server/model', 'server/ports-schema'],
  'server/batch-edit': ['server/batch'],
  'server/ids': ['server/batch'],
  'server/table': ['server/batch'],
  'server/settings-routing': [],
  'server/settings': ['server/settings-routing', 'server/model', 'detectors/types'],
  'server/overrides': ['server/model'],
  'server/ports': [
    'server/model',
    'server/settings',
    'server/settings-routing',
    'server/ports-archive',
    'server/ports-baselines',
    'server/ports-counts',
    'server/ports-deliveries',
    'server/ports-incidents',
    'server/ports-schema',
    'server/ports-routing',
    'server/ports-rows',
    'server/ports-scores',
  ],
  'server/ports-routing': ['server/model', 'server/settings'],
  'server/ports-archive': ['server/model'],
  'server/ports-baselines': ['server/model', 'server/ports'],
  'server/ports-counts': ['server/model'],
  'server/ports-deliveries': ['server/model', 'server/ports'],
  'server/ports-incidents': ['server/model', 'server/ports', 'server/settings'],
  'server/ports-rows': ['server/model'],
  'server/ports-scores': ['server/model'],
  'server/ports-schema': ['server/model', 'server/ports'],
  'server/clock': [],
  'server/log': [],
  'server/errors': [],
  'server/metrics': ['server/model'],
  'server/early-answer': [],
  'server/rpc': ['server/errors'],
  'server/ingest': [...COMMON, 'detectors/cells', 'detectors/types'],
  'server/store': [...COMMON, 'detectors/cells', 'detectors/outcome-cells', 'detectors/types'],
  'server/detect': [...COMMON, 'detectors'],
  'server/route': [...COMMON, 'server/config-common', 'detectors/types'],
  'server/act': [...COMMON, 'detectors/types', 'ui/charts'],
  'server/show': [
    ...COMMON,
    'detectors/types',
    'detectors/parts',
    'detectors/reliability',
    'dashboards',
    'server/route/labels',
    'server/route/matchers',
    'server/route/tree',
  ],
  'server/config': [
    ...COMMON,
    'server/config-common',
    'server/config-egress',
    'server/config-position',
    'server/config-privacy',
    'server/config-receivers',
    'server/config-route',
    'server/config-route-check',
    'server/config-route-doubts',
    'server/config-schema',
    'server/config-slo',
    'server/config-slo-mistakes',
    'server/config-templates',
    'detectors/outcome-cells',
    'server/act/sign',
  ],
  'server/config-common': [],
  'server/config-egress': [...COMMON, 'server/config-common'],
  'server/config-privacy': [...COMMON, 'server/config-common', 'server/config-schema'],
  'server/config-receivers': [...COMMON, 'server/config-common'],
  'server/config-route': [
    ...COMMON,
    'server/config-common',
    'server/route/calendars',
    'server/route/matchers',
  ],
  'server/config-route-check': ['server/config-route'],
  'server/config-route-doubts': ['server/config-route', 'server/config-route-check', 'server/route/matchers'],
  'server/config-position': [],
  'server/config-templates': [
    'server/act/own-words',
    'server/act/template-check',
    'server/config-receivers',
    'server/config-route-check',
  ],
  'server/config-slo': [...COMMON, 'server/config-common'],
  'server/config-slo-mistakes': ['server/config-common', 'server/config-slo', 'detectors/burn-rate'],
  'server/config-schema': [
    'server/config-common',
    'server/config-egress',
    'server/config-receivers',
    'server/config-route',
    'server/config-slo',
  ],
  dashboards: ['server/metrics'],
  'ui/charts': ['detectors/types'],
  ui: [
    'ui/charts',
    'server/show/types',
    'server/show/types-deliveries',
    'server/model',
    'server/model-act',
    'server/model-alerts',
    'server/model-rows',
    'server/model-rules',
    'server/model-rules',
    'server/ports',
    'server/ports-rows',
    'server/ports-scores',
    'detectors/types',
  ],
  server: 'everything',
  demo: 'everything',
  bench: 'everything',
  test: 'everything',
};

/** Folders that must run anywhere: no package, not even node:. */
const PURE = [
  'detectors',
  'ui/charts',
  'server/model',
  'server/model-act',
  'server/model-alerts',
  'server/model-schema',
  'server/model-rows',
  'server/model-rules',
  'server/batch',
  'server/batch-edit',
  'server/ids',
  'server/table',
  'server/settings',
  'server/settings-routing',
  'server/overrides',
  'server/ports',
  'server/ports-archive',
  'server/ports-baselines',
  'server/ports-counts',
  'server/ports-deliveries',
  'server/ports-incidents',
  'server/ports-schema',
  'server/ports-routing',
  'server/ports-rows',
  'server/ports-scores',
];

function sources(folder: string): readonly string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
    .filter((file) => !file.includes('node_modules') && !file.startsWith('ui/dist'));
}

function imports(file: string): readonly string[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const found = text.matchAll(
    /(?:from|import)\s*\(?\s*'([^']+)'|new URL\('([^']+\.ts)', import\.meta\.url\)/g,
  );
  return [...found].map((match) => match[1] ?? match[2] ?? '');
}

/** The most exact key of the table that covers a path. */
function layerOf(path: string): string | undefined {
  const plain = path.replace(/\.ts$/, '');
  return Object.keys(MAY_IMPORT)
    .filter((layer) => plain === layer || plain.startsWith(`${layer}/`))
    .sort((first, second) => second.length - first.length)[0];
}

function breaches(file: string): readonly string[] {
  const layer = layerOf(file);
  if (layer === undefined) return [`${file} is in no layer of the table`];
  const allowed = MAY_IMPORT[layer];
  return imports(file).flatMap((target) => {
    if (!target.startsWith('.'))
      return PURE.includes(layer) ? [`${file} imports ${target}, but ${layer} is pure`] : [];
    if (allowed === 'everything') return [];
    const path = relative(ROOT, resolve(ROOT, dirname(file), target)).replace(/\.ts$/, '');
    const mine = layerOf(path) === layer;
    return mine || allowed?.some((entry) => path === entry || path.startsWith(`${entry}/`))
      ? []
      : [`${file} imports ${path}, but ${layer} may not`];
  });
}

describe('the import table', () => {
  const files = ['server', 'detectors', 'dashboards', 'ui'].flatMap(sources);

  it('covers many files', () => {
    expect(files.length).toBeGreaterThan(30);
  });

  it('is kept by every source file', () => {
    expect(files.flatMap(breaches)).toEqual([]);
  });

  it('keeps node-api, sqlite and SQL inside the store', () => {
    const outside = files.filter((file) => !file.startsWith('server/store/'));
    expect(
      outside.filter((file) =>
        imports(file).some((target) => target.startsWith('@duckdb/') || target === 'node:sqlite'),
      ),
    ).toEqual([]);
  });
});
