import { setTimeout as sleep } from 'node:timers/promises';
import type { ActionRun } from '../../server/model.ts';
import type { Appliance } from './appliance.ts';

/** The rollback waits for a person: the viewer, or with `--exit` the director in their place. */

export interface Approver {
  readonly applianceUrl: string;
  /** A key with the scope operate. */
  readonly operatorKey: string;
}

/** Approves exactly the plan that was proposed, through the public API. */
export async function approve(
  run: ActionRun,
  { applianceUrl, operatorKey }: Approver,
  reason: string,
): Promise<void> {
  const response = await fetch(`${applianceUrl}/api/v1/runs/${run.id}/approve`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${operatorKey}` },
    body: JSON.stringify({ planHash: run.planHash, reason }),
  });
  const answer = await response.text();
  if (!response.ok) throw new Error(`The approval of ${run.id} was answered ${response.status}: ${answer}`);
}

const LOOK_EVERY_MS = 300;

/** Resolves when the run no longer waits: approved on the page, or by Enter in the terminal. */
export async function waitForViewer(
  run: ActionRun,
  control: Appliance['control'],
  { onEnter, signal }: { readonly onEnter: () => Promise<void>; readonly signal: AbortSignal },
): Promise<void> {
  const pressed = { enter: false };
  const press = () => {
    pressed.enter = true;
  };
  process.stdin.once('data', press);
  try {
    while (!signal.aborted && (await isWaiting(run, control))) {
      if (pressed.enter) await onEnter();
      await sleep(LOOK_EVERY_MS);
    }
  } finally {
    process.stdin.off('data', press);
    process.stdin.pause();
  }
}

async function isWaiting(run: ActionRun, control: Appliance['control']): Promise<boolean> {
  const runs = await control.runs({ tenant: null });
  return runs.some(({ id, state }) => id === run.id && state === 'proposed');
}
