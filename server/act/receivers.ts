import type { Delivery, DeliveryOutcome } from '../model.ts';
import type { ReceiverSettings, Settings } from '../settings.ts';
import { alertmanager } from './alertmanager.ts';
import { passwordForms } from './email-server.ts';
import { email } from './email.ts';
import { masked } from './masked.ts';
import { outcomeOfError, presentable } from './outcome.ts';
import { pagerduty } from './pagerduty.ts';
import { slack } from './slack.ts';
import type { DeliveryContext, Receiver, ReceiverPart, ReceiverType } from './types.ts';
import { webhook } from './webhook.ts';

/** Every way to tell somebody. A new one is a file and a line here. */
const PARTS: { readonly [T in ReceiverType]: ReceiverPart<T> } = {
  slack,
  email,
  webhook,
  alertmanager,
  pagerduty,
};

export const receivers: readonly Receiver[] = Object.values(PARTS).map((part) =>
  safe(part as ReceiverPart<ReceiverType>),
);

/** Every secret of receivers and egress: none may be in what is told to any of them. */
export function secretsOf({
  receivers: all,
  egress,
}: Pick<Settings, 'receivers' | 'egress'>): readonly string[] {
  const { proxy } = egress;
  return [...all.flatMap(ownSecrets), ...(proxy === null ? [] : [proxy, ...passwordForms(proxy)])];
}

function ownSecrets(settings: ReceiverSettings): readonly string[] {
  return (PARTS[settings.type] as ReceiverPart<ReceiverType>).secrets(settings);
}

/** Gives every end of an attempt a named outcome, and takes secrets out of what is told and of what became of it. */
function safe(part: ReceiverPart<ReceiverType>): Receiver {
  return {
    type: part.type,
    deliver: async (delivery: Delivery, context: DeliveryContext): Promise<DeliveryOutcome> => {
      const secrets = [...part.secrets(context.settings), ...(context.secrets ?? [])];
      const payload = masked(delivery.payload, secrets);
      return presentable(await outcomeOf(part, { ...delivery, payload }, { ...context, secrets }), secrets);
    },
  };
}

async function outcomeOf(
  part: ReceiverPart<ReceiverType>,
  delivery: Delivery,
  context: DeliveryContext,
): Promise<DeliveryOutcome> {
  try {
    return await part.attempt(delivery, context);
  } catch (error) {
    return outcomeOfError(error, context.settings.id);
  }
}
