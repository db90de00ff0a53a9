import { fileURLToPath } from 'node:url';
import { renderAsync } from '@resvg/resvg-js';
import { silentLog, type Log } from '../log.ts';
import type { Alert, Delivery, Notice } from '../model.ts';
import { utcText } from './message.ts';
import { driftSvg, percent } from './picture-svg.ts';

/** The picture of a notice, made from its payload alone: baseline against current of what fires worst. */
export interface Picture {
  readonly png: Uint8Array;
  /** What it shows, in words. */
  readonly alt: string;
}

/** Rendering takes some tens of milliseconds; longer than this it is not worth waiting for. */
const TIME_LIMIT_MS = 5_000;
/** 960 pixels wide: sharp at Slack's 360, and still no more than some ten milliseconds to write as a PNG. */
const ZOOM = 1.5;
/** In a storm the later ones go without. */
const MOST_WAITING = 20;
const FONTS = [
  import.meta.resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf'),
  import.meta.resolve('dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf'),
].map((url) => fileURLToPath(url));

/** null: nothing in it can be drawn, or drawing failed, which is logged and never thrown. */
export async function noticePicture(delivery: Delivery, log: Log = silentLog): Promise<Picture | null> {
  const notice = delivery.kind === 'notice' ? (delivery.payload as Notice) : null;
  const alert = notice?.firing.find(isDrawable);
  if (notice === null || alert === undefined) return null;
  try {
    return { png: await rendered(svgOf(notice, alert)), alt: altOf(alert) };
  } catch (error) {
    log.warn('A picture could not be made', {
      delivery: delivery.id,
      error: error instanceof Error ? error.message : 'unknown',
    });
    return null;
  }
}

function isDrawable({ evidence }: Alert): boolean {
  return (evidence.cells ?? []).length > 0;
}

export function svgOf(notice: Notice, alert: Alert): string {
  return driftSvg({
    title: notice.title,
    feature: featureOf(alert),
    place: `${notice.tenant}/${notice.model}${windowOf(alert)}`,
    against: sentence(alert.evidence.against ?? 'baseline'),
    shifts: shiftsOf(alert),
  });
}

function shiftsOf({ evidence }: Alert) {
  return (evidence.cells ?? []).map(({ cell, baselineShare, currentShare }) => ({
    cell,
    before: baselineShare,
    now: currentShare,
  }));
}

function featureOf({ subject }: Alert): string {
  return subject.startsWith('$') ? sentence(subject.slice(1)) : subject;
}

function windowOf({ windowFromMs, windowToMs }: Alert): string {
  if (windowFromMs === undefined || windowToMs === undefined) return '';
  return `, ${utcText(windowFromMs).replace(' UTC', '')} to ${utcText(windowToMs)}`;
}

function sentence(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** "distance, share of rows by value, before and in this window: 1200 to 1900 3 % to 21 %; …". */
function altOf(alert: Alert): string {
  const cells = shiftsOf(alert).map(
    ({ cell, before, now }) => `${cell} ${percent(before)} to ${percent(now)}`,
  );
  return `${featureOf(alert)}, share of rows by value, before and in this window: ${cells.join('; ')}`.slice(
    0,
    1000,
  );
}

let waiting = 0;
let last: Promise<unknown> = Promise.resolve();

/** One after the other: drawn on a thread of libuv's pool, and only written as a PNG on this one. */
async function rendered(svg: string): Promise<Uint8Array> {
  if (waiting >= MOST_WAITING) throw new Error(`${waiting} pictures are waiting already`);
  waiting += 1;
  const image = last.then(() => draw(svg));
  last = image.catch(() => {});
  try {
    return (await image).asPng();
  } finally {
    waiting -= 1;
  }
}

function draw(svg: string) {
  return renderAsync(
    svg,
    {
      font: { loadSystemFonts: false, fontFiles: FONTS, defaultFontFamily: 'DejaVu Sans' },
      fitTo: { mode: 'zoom', value: ZOOM },
      logLevel: 'off',
    },
    AbortSignal.timeout(TIME_LIMIT_MS),
  );
}
