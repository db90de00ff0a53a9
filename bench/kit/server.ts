import { parseConfig } from '../../server/config.ts';
import { systemClock } from '../../server/clock.ts';
import { createLeeway } from '../../server/leeway.ts';
import type { Leeway } from '../../server/leeway.ts';
import { silentLog } from '../../server/log.ts';
import type { Question, ServerUp } from './appliance.ts';

/** A process with the whole appliance, so that its CPU and memory can be read apart from those of its clients. */

const config = process.argv[2] ?? '';
const startedAt = performance.now();
const settings = parseConfig(config, { file: 'leeway.yaml', environment: {} });
const leeway = await createLeeway(settings, { clock: systemClock(), log: silentLog, schedule: false });
const startMs = performance.now() - startedAt;

/** Listeners that come and go with versions: whatever address the appliance tells. */
function urls(running: Leeway): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(running).flatMap(([name, value]) =>
      /url$/i.test(name) && typeof value === 'string' ? [[name, value]] : [],
    ),
  );
}

async function answer(question: Question): Promise<unknown> {
  const { telemetry } = leeway;
  if (question.ask === 'usage') return { cpu: process.cpuUsage(), rss: process.memoryUsage.rss() };
  if (question.ask === 'health') return telemetry.health();
  if (question.ask === 'close') return leeway.close();
  if (question.ask === 'moveDays') return moveDays();
  const { key } = question;
  if (question.ask === 'recount') return telemetry.recount(key);
  const source = { kind: 'first', rows: question.rows } as const;
  const baseline =
    question.ask === 'replace'
      ? await telemetry.replaceBaseline(key, source, Date.now())
      : await telemetry.freezeBaseline(key, source, Date.now());
  return baseline !== null;
}

/** Days are moved once nothing has come for them for an hour. */
const QUIET_MS = 3 * 3_600_000;

async function moveDays(): Promise<boolean> {
  const { rows } = await leeway.telemetry.moveDays(Date.now() + QUIET_MS);
  return rows > 0;
}

process.on('message', (question: Question & { readonly id: number }) => {
  answer(question).then(
    (value) => process.send?.({ id: question.id, value }),
    (error: unknown) => process.send?.({ id: question.id, error: String(error) }),
  );
});
process.on('disconnect', () => process.exit(0));
const tenant = settings.models[0]?.tenant ?? 'acme';
const key = await leeway.createKey(tenant, ['ingest']);
process.send?.({ id: 0, value: { key, urls: urls(leeway), startMs } satisfies ServerUp });
