import type { ToldByReload } from '../ports.ts';
import type { ReloadAnswer } from '../show/options.ts';
import { plural } from '../show/views/words.ts';

/** What a reload changes and whom it tells, for people: what begins, changes or ends in full, repeats as one line a receiver. */
export function reloadLines({ applied, changed, needsRestart, tells }: ReloadAnswer): readonly string[] {
  const what = changed.length === 0 ? 'nothing that can change while it runs' : changed.join(', ');
  const news = tells.filter(({ reason }) => reason !== 'repeat');
  const repeats = tells.filter(({ reason }) => reason === 'repeat');
  return [
    `${applied ? 'changed' : 'would change'}: ${what}`,
    ...(needsRestart.length === 0 ? [] : [`takes a restart: ${needsRestart.join(', ')}`]),
    `${applied ? 'tells' : 'would tell'} within an hour because of it: ${howMany(news, repeats)}`,
    ...news.map(newsLine),
    ...[...Map.groupBy(repeats, ({ receiver }) => receiver)].map(([receiver, own]) =>
      repeatsLine(receiver, own),
    ),
  ];
}

function howMany(news: readonly ToldByReload[], repeats: readonly ToldByReload[]): string {
  const counts = [
    ...(news.length === 0 ? [] : [plural(news.length, 'notice')]),
    ...(repeats.length === 0 ? [] : [plural(repeats.length, 'repeat')]),
  ];
  return counts.length === 0 ? 'nobody' : counts.join(' and ');
}

function newsLine({ atMs, receiver, reason, title, alerts }: ToldByReload): string {
  return `  ${minuteOf(atMs)} ${receiver} ${reason} (${alerts} firing): ${title}`;
}

function repeatsLine(receiver: string, repeats: readonly ToldByReload[]): string {
  const titles = [...new Set(repeats.map(({ title }) => title))];
  const about = titles.length === 1 ? `${titles[0]}` : `${titles.length} titles, such as ${titles[0]}`;
  const firstMs = Math.min(...repeats.map(({ atMs }) => atMs));
  return `  ${receiver}: ${plural(repeats.length, 'repeat')}, the first at ${minuteOf(firstMs)}: ${about}`;
}

function minuteOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 16);
}
