import { duration } from '../config-common.ts';
import { withControl } from '../control-thread.ts';
import { FatalError } from '../errors.ts';
import type { QueuedNotice, ReplayedNotice, RoutingHistory } from '../ports.ts';
import { replayRouting } from '../route/replay.ts';
import { loadRules } from '../rules-file.ts';
import { plural } from '../show/views/words.ts';
import { readOptions, settingsOf } from './settings.ts';
import type { Command, CommandContext } from './types.ts';

const TEXT = { type: 'string' } as const;

export const replay: Command = {
  usage: 'replay --config NEW.yaml --since 28d [--tenant T]',
  about: [
    'lives the alerts of the last weeks through again with the routes of NEW.yaml: who would have been told what, and what was',
    'reads the control store in the data folder that NEW.yaml names, also while the appliance runs; tells nobody. --json prints both lists',
  ].join('\n      '),
  run: async (context) => {
    const { values } = readOptions(context, {
      since: TEXT,
      tenant: TEXT,
      json: { type: 'boolean' },
    });
    const sinceMs = sinceOf(values['since']);
    const toMs = Date.now();
    const { tenant = null } = values;
    const settings = settingsOf({ ...context, environment: withoutSecrets(context) }, values['config']);
    const history = await withControl(settings, (control) =>
      control.routingHistory({ tenant, fromMs: toMs - sinceMs, toMs }),
    );
    const judging = { settings, rules: loadRules(settings.rulesFolder) };
    const would = replayRouting(history, judging, { toMs });
    if (values['json'] === undefined) for (const line of linesOf(history, would)) context.print(line);
    else context.print(JSON.stringify({ queued: history.queued, would }));
    return 0;
  },
};

function sinceOf(text: string | undefined): number {
  const parsed = duration.safeParse(text);
  if (parsed.success && parsed.data > 0) return parsed.data;
  const got = text === undefined ? 'none' : `"${text}"`;
  throw new FatalError(`expected --since with a duration above 0, such as 28d; got ${got}`, { exitCode: 2 });
}

/** A replay sends nothing, so the secrets that a new file names need not be there yet. */
function withoutSecrets({ environment }: CommandContext): CommandContext['environment'] {
  const placeholder = `whsec_${Buffer.alloc(32).toString('base64')}`;
  return new Proxy(environment, {
    get: (known, name) => (typeof name === 'string' ? (known[name] ?? placeholder) : undefined),
  });
}

const MOST_LISTED = 50;

function linesOf(history: RoutingHistory, would: readonly ReplayedNotice[]): readonly string[] {
  const receivers = [...new Set([...history.queued, ...would].map(({ receiver }) => receiver))].sort();
  const only = differences(history.queued, would);
  return [
    `${history.alerts.length} alerts, ${history.silences.length} silences, ${history.acknowledgements.length} acknowledgements`,
    ...receivers.map(
      (receiver) =>
        `  ${receiver}: told ${told(history.queued, receiver)}; would be told ${summary(would, receiver)}`,
    ),
    ...(only.length === 0 ? ['no difference in what begins, ends and repeats'] : only.slice(0, MOST_LISTED)),
    ...(only.length > MOST_LISTED ? [`and ${only.length - MOST_LISTED} more; --json has them all`] : []),
  ];
}

function summary(notices: readonly ReplayedNotice[], receiver: string): string {
  const own = notices.filter((notice) => notice.receiver === receiver);
  const pages = own.filter(({ severity, reason }) => severity === 'page' && reason !== 'all_resolved').length;
  return `${plural(own.length, 'time')} (${plural(pages, 'page')} among them)`;
}

const OTHER_ENDS = ['waiting', 'given up', 'joined'] as const;

/** What arrived is told; what waits, was given up or went with a later notice is said beside it. */
function told(queued: readonly QueuedNotice[], receiver: string): string {
  const of = (wanted: QueuedNotice['state']) => queued.filter(({ state }) => state === wanted);
  const others = OTHER_ENDS.flatMap((state) => {
    const count = of(state).filter((notice) => notice.receiver === receiver).length;
    return count === 0 ? [] : [`${count} ${state === 'joined' ? 'joined to a later one' : state}`];
  });
  return [summary(of('told'), receiver), ...others].join(', ');
}

const SAME_MS = 60_000;

/** Lines with - for what was to be told and would not be, with + for the other way round; whether it arrived is not the file's doing. */
function differences(queued: readonly ReplayedNotice[], would: readonly ReplayedNotice[]): readonly string[] {
  return [...only('-', queued, would), ...only('+', would, queued)]
    .sort((first, second) => first.atMs - second.atMs)
    .map(({ line }) => line);
}

interface Line {
  readonly atMs: number;
  readonly line: string;
}

function only(
  sign: string,
  these: readonly ReplayedNotice[],
  those: readonly ReplayedNotice[],
): readonly Line[] {
  return these
    .filter((one) => !those.some((other) => isSame(one, other)))
    .map(({ atMs, receiver, reason, title }) => ({
      atMs,
      line: `${sign} ${new Date(atMs).toISOString().slice(0, 16)} ${receiver} ${reason}: ${title}`,
    }));
}

function isSame(first: ReplayedNotice, second: ReplayedNotice): boolean {
  return (
    first.receiver === second.receiver &&
    first.reason === second.reason &&
    Math.abs(first.atMs - second.atMs) <= SAME_MS
  );
}
