import type { Delivery, DeliveryOutcome } from '../model.ts';
import { email } from './email.ts';
import { outcomeOfError, presentable } from './outcome.ts';
import { slack } from './slack.ts';
import type { DeliveryContext, Receiver, ReceiverPart, ReceiverType, SettingsOf } from './types.ts';
import { webhook } from './webhook.ts';

/** Every way to tell somebody. A new one is a file and a line here. */
export const receivers: readonly Receiver[] = [safe(slack), safe(email), safe(webhook)];

/** Gives every end of an attempt a named outcome, and takes the settings' secrets out of its text. */
function safe<T extends ReceiverType>(part: ReceiverPart<T>): Receiver {
  return {
    type: part.type,
    deliver: async (delivery: Delivery, context: DeliveryContext): Promise<DeliveryOutcome> => {
      const own = context as DeliveryContext<SettingsOf<T>>;
      return presentable(await outcomeOf(part, delivery, own), part.secrets(own.settings));
    },
  };
}

async function outcomeOf<T extends ReceiverType>(
  part: ReceiverPart<T>,
  delivery: Delivery,
  context: DeliveryContext<SettingsOf<T>>,
): Promise<DeliveryOutcome> {
  try {
    return await part.attempt(delivery, context);
  } catch (error) {
    return outcomeOfError(error, context.settings.id);
  }
}
