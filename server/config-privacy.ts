import type { SecretReference } from './config-common.ts';
import type { ConfigFile, FeatureFile, PiiFile } from './config-schema.ts';
import type { Declaration } from './model.ts';
import type { PiiRule, PiiSettings } from './settings.ts';

/** Declared features and the rules for personal data, as the configuration file says them and as the stages read them. */

export function toDeclaration(schema: Readonly<Record<string, FeatureFile>>): Declaration {
  return Object.fromEntries(
    Object.entries(schema).map(([name, { kind, min, max, categories, protected: isProtected }]) => [
      name,
      {
        kind: kind ?? null,
        min: min ?? null,
        max: max ?? null,
        categories: categories ?? null,
        protected: isProtected,
      },
    ]),
  );
}

/** The rules of every tenant that has any. `secretOf` reads the key of the tenant at an index. */
export function toPii(
  tenants: ConfigFile['tenants'],
  secretOf: (index: number) => (reference: SecretReference) => string,
): readonly PiiSettings[] {
  return tenants.flatMap(({ id, pii }, index) =>
    pii === undefined
      ? []
      : [
          {
            tenant: id,
            key: pii.key === undefined ? null : secretOf(index)(pii.key),
            hashPredictionId: pii.predictionId === 'hash',
            rules: pii.rules.map(toRule),
          },
        ],
  );
}

function toRule(rule: PiiFile['rules'][number]): PiiRule {
  const { attribute, in: among } = rule;
  if (rule.do !== 'bucket') return { attribute, among, action: { kind: rule.do } };
  const { width = null, characters = null } = rule;
  return { attribute, among, action: { kind: 'bucket', width, characters } };
}

interface Misplaced {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** A hash without a secret can be undone by trying out values. */
export function hashesWithoutKey({ tenants }: ConfigFile): readonly Misplaced[] {
  return tenants.flatMap(({ pii }, index) => {
    if (pii === undefined || pii.key !== undefined) return [];
    const hashes = pii.predictionId === 'hash' || pii.rules.some((rule) => rule.do === 'hash');
    const message = 'expected a key as { env: NAME } or { file: PATH }: a rule hashes, and hashes need one';
    return hashes ? [{ path: ['tenants', index, 'pii'], message }] : [];
  });
}
