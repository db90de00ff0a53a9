import { name } from '../config-common.ts';
import { withControl } from '../control-thread.ts';
import { FatalError } from '../errors.ts';
import { SCOPES, type Scope } from '../model.ts';
import type { Control } from '../ports.ts';
import { readOptions, settingsOf } from './settings.ts';
import type { Command, CommandContext } from './types.ts';

export const keys: Command = {
  usage: 'keys create --tenant T --scope S[,S] | keys list [--tenant T] | keys revoke ID',
  about: `makes, lists and ends API keys; scopes are ${SCOPES.join(', ')}; --tenant '*' is every tenant`,
  run: async (context) => {
    const { values, words } = readOptions(context, { tenant: { type: 'string' }, scope: { type: 'string' } });
    const action = actions[words[0] ?? ''];
    if (action === undefined)
      throw new FatalError(`expected keys create, keys list or keys revoke, got "${words.join(' ')}"`, {
        exitCode: 2,
      });
    await withControl(settingsOf(context, values['config']), (control) =>
      action({ control, context, values, words }),
    );
    return 0;
  },
};

interface KeysAction {
  readonly control: Control;
  readonly context: CommandContext;
  readonly values: Readonly<Record<string, string | undefined>>;
  readonly words: readonly string[];
}

const actions: Readonly<Record<string, (action: KeysAction) => Promise<void>>> = { create, list, revoke };

async function create({ control, context, values }: KeysAction): Promise<void> {
  const { key } = await control.createKey({
    tenant: tenantOf(values['tenant']),
    scopes: scopesOf(values['scope']),
    actor: 'command line',
    nowMs: Date.now(),
  });
  context.print(key);
}

async function list({ control, context, values }: KeysAction): Promise<void> {
  const found = await control.keys(values['tenant'] === undefined ? null : tenantOf(values['tenant']));
  for (const key of found)
    context.print(
      [
        key.id,
        `${key.prefix}…`,
        key.tenant ?? '*',
        key.scopes.join(','),
        key.revokedAtMs === null ? 'active' : 'revoked',
      ].join('  '),
    );
}

async function revoke({ control, words }: KeysAction): Promise<void> {
  const id = words[1] ?? '';
  const revoked = await control.revokeKey({ id, tenant: null, actor: 'command line', nowMs: Date.now() });
  if (!revoked)
    throw new FatalError(`no active key has the id "${id}"; see ./leeway keys list`, { exitCode: 1 });
}

function tenantOf(tenant: string | undefined): string | null {
  if (tenant === undefined)
    throw new FatalError("expected --tenant T, or --tenant '*' for every tenant", { exitCode: 2 });
  if (tenant === '*') return null;
  const parsed = name.safeParse(tenant);
  if (!parsed.success)
    throw new FatalError(`--tenant: ${parsed.error.issues[0]?.message ?? 'not a name'}, got "${tenant}"`, {
      exitCode: 2,
    });
  return parsed.data;
}

function scopesOf(scope: string | undefined): readonly Scope[] {
  const asked = (scope ?? '').split(',').map((part) => part.trim());
  const known = asked.filter((part): part is Scope => SCOPES.some((candidate) => candidate === part));
  if (known.length !== asked.length)
    throw new FatalError(`expected --scope with some of ${SCOPES.join(', ')}, got "${scope ?? ''}"`, {
      exitCode: 2,
    });
  return known;
}
