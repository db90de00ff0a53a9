import { existsSync, readFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { loadBurnWindows } from '../burn-windows.ts';
import { pairsOf } from '../detect/slo-pairs.ts';
import type { BurnTable } from '../detect/types.ts';
import { FatalError } from '../errors.ts';
import type { Settings, SloSettings } from '../settings.ts';
import { importOpenSlo } from '../slo/openslo.ts';
import type { Imported } from '../slo/openslo-types.ts';
import { isSlothName, ruleGroups, type Ruled } from '../slo/prometheus-rules.ts';
import { readOptions, settingsOf } from './settings.ts';
import type { Command, CommandContext } from './types.ts';

export const slo: Command = {
  usage: 'slo rules [--slo ID] | slo import FILE [--tenant ID]',
  about: [
    'rules: prints the objectives as Prometheus rules over the counters on /metrics, in the groups and names of Sloth',
    'import: prints the objectives of an OpenSLO v1 file as leeway.yaml has them; what is not carried over is in its comments',
  ].join('\n      '),
  run: async (context) => {
    const { values, words } = readOptions(context, { slo: { type: 'string' }, tenant: { type: 'string' } });
    const [action, file, ...more] = words;
    if (action === 'rules' && file === undefined) return printRules(context, values);
    if (action === 'import' && file !== undefined && more.length === 0)
      return printImported(context, { file, tenant: values['tenant'], config: values['config'] });
    throw refused(`expected slo rules or slo import FILE, got "slo ${words.join(' ')}"`);
  },
};

function printRules(context: CommandContext, values: Readonly<Record<string, string | undefined>>): number {
  const settings = settingsOf(context, values['config']);
  const tables = loadBurnWindows(settings.rulesFolder);
  const asked = values['slo'];
  const ruled = ruledOf(settings, tables).filter(({ slo: one }) => asked === undefined || one.id === asked);
  if (ruled.length === 0)
    throw refused(
      asked === undefined
        ? 'no model has an objective that Prometheus could judge; name some under slos in leeway.yaml'
        : `no objective "${asked}" that Prometheus could judge; there are ${names(ruledOf(settings, tables))}`,
    );
  const unnameable = ruled.find(
    ({ model, slo: one }) => ![model.tenant, model.model, one.id].every(isSlothName),
  );
  if (unnameable !== undefined)
    throw refused(
      `${unnameable.model.tenant}/${unnameable.model.model} ${unnameable.slo.id}: Prometheus rules of Sloth need names with a letter or digit at both ends`,
    );
  context.print(HEADER);
  context.print(stringify({ groups: ruled.flatMap(ruleGroups) }, { lineWidth: 0 }).trimEnd());
  return 0;
}

const HEADER = [
  "# Leeway's objectives as Prometheus rules; leeway slo rules writes them.",
  "# Prometheus has no bound for little traffic and no state for no data: Leeway's own pages have both.",
  '# Leeway exports these records itself: where the rules are loaded, drop its own by metric_relabel_configs,',
  "#   - { source_labels: [__name__], regex: 'slo:.*|sloth_slo_info', action: drop }",
].join('\n');

function ruledOf(settings: Settings, tables: readonly BurnTable[]): readonly Ruled[] {
  return settings.models.flatMap((model) =>
    model.slos.flatMap((one) => (isShare(one) ? [{ model, slo: one, pairs: pairsOf(tables, one) }] : [])),
  );
}

function isShare(one: SloSettings): one is Ruled['slo'] {
  return one.kind !== 'cost';
}

function names(ruled: readonly Ruled[]): string {
  return ruled.map(({ slo: one }) => one.id).join(', ') || 'none';
}

interface Importing {
  readonly file: string;
  readonly tenant: string | undefined;
  readonly config: string | undefined;
}

function printImported(context: CommandContext, { file, tenant, config }: Importing): number {
  if (!existsSync(file)) throw refused(`${file}: no such file`);
  const imported = importOpenSlo(readFileSync(file, 'utf8'), file);
  const owner = tenant ?? settingsOf(context, config).tenants[0]?.id ?? 'default';
  for (const warning of imported.warnings) context.print(`# warning: ${warning}`);
  if (imported.slos.length === 0) {
    context.print('# nothing to import');
    return 1;
  }
  context.print('# Add these to the models of leeway.yaml; leeway check tells whether they can be.');
  context.print(stringify({ models: modelsOf(imported, owner) }, { lineWidth: 0 }).trimEnd());
  return 0;
}

function modelsOf({ slos }: Imported, tenant: string) {
  return [...Map.groupBy(slos, ({ model }) => model)].map(([name, own]) => ({
    tenant,
    name,
    slos: own.map((one) => one.slo),
  }));
}

function refused(message: string): FatalError {
  return new FatalError(message, { exitCode: 2 });
}
