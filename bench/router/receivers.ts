import { setTimeout as sleep } from 'node:timers/promises';
import {
  fakeSlack,
  httpServer,
  type Fate,
  type FakeSlack,
  type TestServer,
} from '../../test/server/act/servers.ts';

/** The receivers outside, which fail in every way they can, and know what reached them. */

export interface Arrived {
  readonly id: string;
  readonly model: string;
  readonly isResolved: boolean;
}

export interface Outside extends AsyncDisposable {
  readonly hook: TestServer;
  readonly slack: FakeSlack;
  /** Webhooks taken, in order; one may be taken more than once. */
  readonly arrived: readonly Arrived[];
  /** Fate from now on is kind. */
  readonly calm: () => void;
}

const TAKEN = { status: 200, body: '{"ok":true}' };

/** Takes a request or not, answers it or not; a quarter of all goes wrong. */
function fateOf(random: () => number): Fate | undefined {
  const roll = random();
  if (roll < 0.06) return { accepts: 'drop' };
  if (roll < 0.1) return 'drop';
  if (roll < 0.13) return { accepts: 'hang' };
  if (roll < 0.17) return { status: 500 };
  if (roll < 0.2) return { accepts: { status: 500 } };
  if (roll < 0.25) return { status: 429, headers: { 'retry-after': '1' } };
  return undefined;
}

export async function outside(random: () => number): Promise<Outside> {
  const arrived: Arrived[] = [];
  let isCalm = false;
  const fate = async (): Promise<Fate | undefined> => {
    await sleep(random() * 40);
    return isCalm ? undefined : fateOf(random);
  };
  const slack = await fakeSlack(fate);
  const hook = await httpServer(async ({ headers, body }) => {
    const told = await fate();
    const isTaken = told === undefined || (typeof told === 'object' && 'accepts' in told);
    if (isTaken) arrived.push(readHook(headers['webhook-id'] ?? '', body));
    if (told === undefined) return TAKEN;
    return typeof told === 'object' && 'accepts' in told ? told.accepts : told;
  });
  return {
    hook,
    slack,
    arrived,
    calm: () => {
      isCalm = true;
    },
    [Symbol.asyncDispose]: async () => {
      await hook[Symbol.asyncDispose]();
      await slack[Symbol.asyncDispose]();
    },
  };
}

function readHook(id: string, body: string): Arrived {
  const { type, data } = JSON.parse(body) as { type: string; data: { model: string } };
  return { id, model: data.model, isResolved: type === 'leeway.alert.resolved' };
}
