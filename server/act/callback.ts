import type { ModelKey } from '../model.ts';
import type { Settings } from '../settings.ts';
import { verifyCallback } from './sign.ts';

/**
 * Whether a callback about a run was signed with the secret of the receiver that its model asks to retrain. False when
 * the model asks nobody. `nowMs` is wall time; `headers` has lower-case names.
 */
export function callbackVerifier(
  settings: Pick<Settings, 'models' | 'receivers'>,
): (input: {
  readonly run: ModelKey;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly nowMs: number;
}) => boolean {
  return ({ run, headers, body, nowMs }) => {
    const model = settings.models.find(({ tenant, model }) => tenant === run.tenant && model === run.model);
    const receiver = settings.receivers.find(({ id }) => id === model?.retrain?.receiver);
    return (
      receiver?.type === 'webhook' && verifyCallback({ headers, body, nowMs, secret: receiver.secret }).ok
    );
  };
}
