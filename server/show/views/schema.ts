import type { ModelSchema } from '../../model.ts';
import type { ModelFacts } from './facts.ts';

/** The schema of a model that has not sent anything: what the configuration declares; pure. */
export function expectedSchema({ tenant, model, settings }: ModelFacts): ModelSchema {
  const features = Object.entries(settings.schema ?? {}).map(
    ([name, declared]) => ({ name, kind: null, declared, source: 'config', seen: [] }) as const,
  );
  return { tenant, model, features, history: [], violations: [], events: [] };
}
