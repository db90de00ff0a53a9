import { toMatchers, type RouteFile } from './config-route.ts';
import { flatRoutes, type Named, type Remark } from './config-route-check.ts';
import { secretIn, withoutSecrets } from './masked.ts';

/** What everybody may read: names, labels, and what routes ask for. A secret that stands there would be told to all. */
interface Shown extends Named {
  readonly publicUrl?: string | undefined;
  readonly models: readonly {
    readonly name: string;
    readonly slos: readonly { readonly id: string }[];
    readonly title?: string | undefined;
    readonly labels: Readonly<Record<string, string>>;
    readonly retrain?: { readonly receiver: string } | undefined;
  }[];
  readonly tenants: readonly { readonly id: string; readonly title?: string | undefined }[];
}

interface Place {
  readonly path: readonly PropertyKey[];
  readonly text: string;
}

/** Secrets in what is no secret, each with its place; the secret itself is not repeated. */
export function shownSecrets(config: Shown): readonly Remark[] {
  const places = [
    ...config.models.flatMap(ofModel),
    { path: ['publicUrl'], text: config.publicUrl ?? '' },
    ...Object.keys(config.calendars).map((name) => ({ path: ['calendars', name], text: name })),
    ...config.tenants.flatMap(({ id, title = '' }, index) => [
      { path: ['tenants', index, 'id'], text: id },
      { path: ['tenants', index, 'title'], text: title },
    ]),
    ...config.receivers.map(({ id }, index) => ({ path: ['receivers', index, 'id'], text: id })),
    ...flatRoutes(config.route, ['route'], []).flatMap(({ route, path }) => ofRoute(route, path)),
    ...config.inhibit.flatMap(({ id, source, target }, index) => [
      { path: ['inhibit', index, 'id'], text: id },
      ...ofMatchers(source, ['inhibit', index, 'source']),
      ...ofMatchers(target, ['inhibit', index, 'target']),
    ]),
  ];
  return places.flatMap(({ path, text }) => {
    const looks = secretIn(text);
    if (looks === null) return [];
    const message = `${withoutSecrets(path.map(String).join('.'))}: expected a text that everybody may read, got what looks like ${looks}; take it out, and name secrets where they are needed as { env: NAME } or { file: PATH }`;
    return [{ path, message }];
  });
}

function ofModel(
  { name: model, title = '', labels, slos }: Shown['models'][number],
  index: number,
): readonly Place[] {
  return [
    { path: ['models', index, 'name'], text: model },
    ...slos.map(({ id }, place) => ({ path: ['models', index, 'slos', place, 'id'], text: id })),
    { path: ['models', index, 'title'], text: title },
    ...Object.entries(labels).flatMap(([name, value]) => [
      { path: ['models', index, 'labels', name], text: name },
      { path: ['models', index, 'labels', name], text: value },
    ]),
  ];
}

function ofRoute({ id, match, groupBy = [] }: RouteFile, path: readonly PropertyKey[]): readonly Place[] {
  return [
    { path: [...path, 'id'], text: id },
    ...ofMatchers(match, [...path, 'match']),
    ...groupBy.map((text, index) => ({ path: [...path, 'groupBy', index], text })),
  ];
}

/** The values that are asked for; `token="x"` asks for x. */
function ofMatchers(texts: readonly string[], path: readonly PropertyKey[]): readonly Place[] {
  return texts.flatMap((text, index) =>
    toMatchers([text]).flatMap(({ name, value }) => [
      { path: [...path, index], text: name },
      { path: [...path, index], text: value },
    ]),
  );
}
