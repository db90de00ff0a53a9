import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { dashboards } from '../../dashboards/index.ts';
import { jsonOf } from '../../dashboards/json.ts';
import type { Dashboard, Panel } from '../../dashboards/types.ts';
import { METRICS, type MetricFamily, type MetricName } from '../../server/metrics.ts';

const OWN_LABELS = ['job', 'instance', 'le'];
const families = METRICS as Readonly<Record<string, MetricFamily>>;

/** Family names and the labels asked of each, out of an expression. */
function selectors(expr: string): readonly { readonly name: string; readonly labels: readonly string[] }[] {
  return [...expr.matchAll(/(leeway_[a-z_]+)\s*(?:\{([^}]*)\})?/g)].map((match) => ({
    name: familyOf(match[1] ?? ''),
    labels: [...(match[2] ?? '').matchAll(/([a-z_]+)\s*(?:=~|!~|!=|=)/g)].map((label) => label[1] ?? ''),
  }));
}

function familyOf(name: string): string {
  const base = name.replace(/_(bucket|sum|count)$/, '');
  return families[base]?.type === 'histogram' ? base : name;
}

function expressions(dashboard: Dashboard): readonly string[] {
  const ofPanels = dashboard.panels.flatMap((panel) => panel.targets.map((target) => target.expr));
  const others = [...dashboard.templating.list, ...dashboard.annotations.list].flatMap((one) => {
    const query = one['definition'] ?? one['expr'];
    return typeof query === 'string' ? [query] : [];
  });
  return [...ofPanels, ...others];
}

/** Opened brackets are closed in order, strings end, no empty operand: what a hurried edit breaks. */
function mistakeIn(expr: string): string | null {
  const closing: Readonly<Record<string, string>> = { '(': ')', '{': '}', '[': ']' };
  const open: string[] = [];
  const bare = expr.replaceAll(/"(?:[^"\\]|\\.)*"/g, 'S').replaceAll('time()', 'T');
  if (bare.includes('"')) return 'a string does not end';
  for (const sign of bare) {
    if (closing[sign] !== undefined) open.push(closing[sign]);
    else if (Object.values(closing).includes(sign) && open.pop() !== sign) return `unexpected ${sign}`;
  }
  if (open.length > 0) return `missing ${open.at(-1)}`;
  return /[(,]\s*[,)]|(==|[+*/-])\s*($|[)])/.test(bare) ? 'an operand is missing' : null;
}

it('finds the mistakes it looks for', () => {
  for (const wrong of ['sum(a', 'a{b="c}', 'sum(a))', 'topk(10, )', 'a ==', 'rate(a{)[5m]}'])
    expect(mistakeIn(wrong)).not.toBeNull();
});

it('has no two dashboards of one name', () => {
  expect(new Set(dashboards.map((one) => one.uid)).size).toBe(dashboards.length);
});

describe.each(dashboards.map((one) => [one.uid, one] as const))('dashboard %s', (uid, dashboard) => {
  const eachPanel = dashboard.panels.map((panel) => [panel.title, panel] as const);

  it('is committed as it is generated; else run `npm run dashboards`', () => {
    expect(readFileSync(new URL(`../../dashboards/${uid}.json`, import.meta.url), 'utf8')).toBe(
      jsonOf(dashboard),
    );
  });

  it('imports anywhere: classic, no inputs, no id, one data source variable, not editable', () => {
    const text = jsonOf(dashboard);
    expect(text).not.toContain('__inputs');
    expect(text).not.toContain('"elements"');
    expect(dashboard).not.toHaveProperty('id');
    expect(dashboard.editable).toBe(false);
    expect(dashboard.schemaVersion).toBe(39);
    expect(dashboard.uid).toMatch(/^leeway-[a-z-]{1,33}$/);
    expect(dashboard.tags).toContain('leeway');
    const sources = dashboard.templating.list.filter((one) => one['type'] === 'datasource');
    expect(sources).toMatchObject([{ name: 'datasource', label: 'Data source', query: 'prometheus' }]);
  });

  it('lets job and instance be chosen, all by default, and looks again when the time changes', () => {
    for (const name of ['job', 'instance', 'tenant', 'model'])
      expect(dashboard.templating.list.find((one) => one['name'] === name)).toMatchObject({
        type: 'query',
        multi: true,
        includeAll: true,
        allValue: '.+',
        refresh: 2,
        datasource: { uid: '${datasource}' },
      });
  });

  it('has panels with ids of their own that do not overlap and fit the grid', () => {
    const { panels } = dashboard;
    expect(new Set(panels.map((panel) => panel.id)).size).toBe(panels.length);
    const overlap = (a: Panel['gridPos'], b: Panel['gridPos']) =>
      a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
    for (const [index, panel] of panels.entries()) {
      expect(panel.gridPos.x + panel.gridPos.w).toBeLessThanOrEqual(24);
      for (const other of panels.slice(index + 1)) expect(overlap(panel.gridPos, other.gridPos)).toBe(false);
    }
  });

  it.each(eachPanel)('"%s" asks a question, explains itself and never is silently empty', (title, panel) => {
    expect(title.endsWith('?')).toBe(true);
    expect(panel.description.length).toBeGreaterThan(20);
    expect(panel.fieldConfig['defaults']).toMatchObject({
      unit: expect.stringMatching(/^(none|percentunit|cps|s|bytes)$/),
      noValue: expect.stringMatching(/\w/),
    });
    expect(panel.targets.length).toBeGreaterThan(0);
    expect(panel.targets.map((target) => target.refId)).toEqual(
      ['A', 'B', 'C', 'D', 'E', 'F'].slice(0, panel.targets.length),
    );
    for (const one of [panel, ...panel.targets])
      expect(one.datasource).toEqual({ type: 'prometheus', uid: '${datasource}' });
  });

  it.each(expressions(dashboard))('%s uses names and labels that Leeway exports', (expr) => {
    for (const { name, labels } of selectors(expr)) {
      expect(Object.keys(METRICS)).toContain(name);
      const known = [...METRICS[name as MetricName].labels, ...OWN_LABELS];
      for (const label of labels) expect(known).toContain(label);
    }
  });

  it.each(dashboard.panels.flatMap((panel) => panel.targets.map((target) => target.expr)))(
    '%s is sound PromQL',
    (expr) => {
      expect(mistakeIn(expr)).toBeNull();
      expect(expr).not.toMatch(/\[\d+[smhd]\]/);
      for (const [, inside] of expr.matchAll(/\b(?:rate|increase)\(([^)]*)\)/g))
        expect(inside).toMatch(/\[\$__rate_interval\]$/);
      for (const { name, labels } of selectors(expr)) {
        expect(labels).toEqual(expect.arrayContaining(['job', 'instance']));
        const counted = families[name]?.type !== 'gauge';
        expect(/\b(rate|increase)\(/.test(expr)).toBe(counted);
      }
    },
  );

  it.each(eachPanel)('"%s" names series by labels they have', (_title, panel) => {
    for (const { expr, legendFormat } of panel.targets) {
      const by = /\bby \(([^)]*)\)/.exec(expr.replace(/histogram_quantile.*?by \(le, /, 'by ('))?.[1];
      const [first] = selectors(expr);
      const labels = by?.split(', ') ?? [...(families[first?.name ?? '']?.labels ?? []), ...OWN_LABELS];
      for (const [, label] of legendFormat.matchAll(/\{\{(\w+)\}\}/g)) expect(labels).toContain(label);
    }
  });
});
