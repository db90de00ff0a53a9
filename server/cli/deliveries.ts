import { withControl } from '../control-thread.ts';
import { FatalError } from '../errors.ts';
import type { Control, DeliveryRecord, ReceiverHealth } from '../ports.ts';
import { parseArgs } from 'node:util';
import { settingsOf } from './settings.ts';
import type { Command, CommandContext } from './types.ts';

export const deliveries: Command = {
  usage: 'deliveries [--dead] [--receiver R] [--replay ID | --replay-since TIME]',
  about: [
    'lists what was told to whom, or with --dead what was given up, and receivers that keep failing; sends dead ones again',
    'under their ids, one or all of a receiver that were queued since a time such as 2026-11-21T00:00:00Z',
  ].join('\n      '),
  run: async (context) => {
    const asked = readAsked(context);
    const settings = settingsOf(context, asked.config);
    return withControl(settings, async (control) =>
      asked.replay === undefined && asked.sinceMs === null
        ? list(control, asked, context)
        : replay(control, asked, context),
    );
  },
};

interface Asked {
  readonly config: string | undefined;
  readonly dead: boolean;
  readonly receiver: string | undefined;
  readonly replay: string | undefined;
  readonly sinceMs: number | null;
}

function readAsked({ args }: CommandContext): Asked {
  const { values } = parsed(args);
  const since = values['replay-since'];
  const sinceMs = since === undefined ? null : Date.parse(since);
  if (Number.isNaN(sinceMs))
    throw new FatalError(`--replay-since: expected a time such as 2026-11-21T00:00:00Z, got "${since}"`, {
      exitCode: 2,
    });
  return {
    config: values.config,
    dead: values.dead,
    receiver: values.receiver,
    replay: values.replay,
    sinceMs,
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        config: { type: 'string' },
        dead: { type: 'boolean', default: false },
        receiver: { type: 'string' },
        replay: { type: 'string' },
        'replay-since': { type: 'string' },
      },
    });
  } catch (cause) {
    throw new FatalError(cause instanceof Error ? cause.message : String(cause), { exitCode: 2, cause });
  }
}

async function list(control: Control, { dead, receiver }: Asked, { print }: CommandContext): Promise<number> {
  const found = await control.deliveries({
    tenant: null,
    ...(dead ? { state: 'dead' as const } : {}),
    ...(receiver === undefined ? {} : { receiver }),
  });
  for (const one of found) print(lineOf(one));
  if (found.length === 0) print(dead ? 'nothing was given up' : 'nothing was told yet');
  for (const health of await control.receiverHealth(null))
    if (health.openSinceMs !== null) print(troubleOf(health));
  return 0;
}

function lineOf(one: DeliveryRecord): string {
  const { id, state, receiver, tenant, model, kind, createdAtMs, attempt, detail } = one;
  const repeat = one.mayRepeat ? 'may have arrived before' : '';
  const words = [new Date(createdAtMs).toISOString(), state, receiver, `${tenant}/${model}`, kind, id];
  return [...words, `tried ${attempt}`, repeat, detail ?? ''].filter((word) => word !== '').join('  ');
}

function troubleOf({ receiver, failures, openSinceMs, lastError, waiting }: ReceiverHealth): string {
  const since = new Date(openSinceMs ?? 0).toISOString();
  return `${receiver} fails since ${since}, ${failures} times in a row, ${waiting} waiting: ${lastError ?? ''}`;
}

async function replay(control: Control, asked: Asked, { print }: CommandContext): Promise<number> {
  const nowMs = Date.now();
  const span = { receiver: asked.receiver ?? null, fromMs: asked.sinceMs ?? 0, toMs: nowMs + 1 };
  const pick = asked.replay === undefined ? span : { id: asked.replay };
  const done = await control.replayDeliveries({ tenant: null, pick, actor: 'command line', nowMs });
  if (!done.ok) throw new FatalError(done.message, { exitCode: 1 });
  for (const id of done.value.replayed) print(`${id}  to be sent again`);
  for (const { id, why } of done.value.skipped) print(`${id}  left: ${why}`);
  return 0;
}
