import fc from 'fast-check';
import type { RouteFile } from '../../../server/config-route.ts';

/** Labels and values are few, so that many matchers fit; some are awkward to quote. */
const NAMES = ['tenant', 'model', 'severity'] as const;
const VALUES = ['', 'acme', 'acme corp', 'page', 'a"b\\c', 'größe,{x}'] as const;
const EXPRESSIONS = ['', 'acme|page', 'ac.*', '.+', String.raw`\\w+ \\w+`, '[^a]*', '(?i)PAGE'] as const;

const matcher = fc.oneof(
  fc
    .tuple(fc.constantFrom(...NAMES), fc.constantFrom('=', '!='), fc.constantFrom(...VALUES))
    .map(([name, op, value]) => `${name}${op}"${value.replaceAll(/["\\]/g, String.raw`\$&`)}"`),
  fc
    .tuple(fc.constantFrom(...NAMES), fc.constantFrom('=~', '!~'), fc.constantFrom(...EXPRESSIONS))
    .map(([name, op, value]) => `${name}${op}"${value}"`),
);

const own = fc.record({
  match: fc.array(matcher, { maxLength: 2 }),
  continue: fc.boolean(),
  hasReceiver: fc.boolean(),
});

interface Drawn {
  readonly match: readonly string[];
  readonly continue: boolean;
  readonly hasReceiver: boolean;
  readonly routes: readonly Drawn[];
}

function drawn(depth: number): fc.Arbitrary<Drawn> {
  const routes = depth === 0 ? fc.constant([]) : fc.array(drawn(depth - 1), { maxLength: 3 });
  return fc.tuple(own, routes).map(([node, below]) => ({ ...node, routes: below }));
}

/** Any tree of up to four levels, ids and receivers by the place of the node; some nodes inherit their receiver. */
export const anyTree: fc.Arbitrary<RouteFile> = drawn(3).map((root) => ({
  ...placed({ ...root, hasReceiver: true }, 'r'),
  match: [],
  continue: false,
}));

function placed({ match, continue: goesOn, hasReceiver, routes }: Drawn, id: string): RouteFile {
  return {
    id,
    match,
    continue: goesOn,
    active: [],
    muted: [],
    ...(hasReceiver && { receivers: [`to-${id}`] }),
    routes: routes.map((child, index) => placed(child, `${id}.${index}`)),
  };
}

export const anyLabels = fc.dictionary(fc.constantFrom(...NAMES), fc.constantFrom(...VALUES), {
  noNullPrototype: true,
});
