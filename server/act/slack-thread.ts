import type { WebClient } from '@slack/web-api';
import type { Log } from '../log.ts';
import type { Notice } from '../model.ts';
import { itemOf, MAX_ITEMS, messageOf } from './message.ts';
import { overflowText, slackMessage } from './slack-blocks.ts';
import type { DeliveryContext } from './types.ts';

interface Adding {
  readonly client: WebClient;
  readonly notice: Notice;
  /** A text of the receiver's own leaves no alerts without room. */
  readonly own: { readonly words: { readonly text?: string } };
  readonly context: Pick<DeliveryContext, 'picture' | 'log'>;
}

/**
 * Puts into a message's thread what helps to understand it: the picture, and alerts that found no room. The message is out
 * by then: nobody waits for this, and when it fails that is logged and nothing else.
 */
export function addToThread(adding: Adding, place: { readonly channel: string; readonly ts: string }): void {
  const { notice, context } = adding;
  if (notice.firing.length === 0) return;
  void guarded(context.log, 'the alerts without room', () => addOverflow(adding, place));
  void guarded(context.log, 'the picture', () => addPicture(adding, place));
}

async function guarded(log: Log | undefined, what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const name = error instanceof Error ? error.name : 'unknown';
    log?.warn('A Slack message is out without an addition to its thread', { what, error: name });
  }
}

type Place = Parameters<typeof addToThread>[1];

async function addOverflow({ client, notice, own }: Adding, { channel, ts }: Place): Promise<void> {
  const message = messageOf(notice);
  const left =
    own.words.text === undefined
      ? slackMessage({ message, digest: notice.digest, mayRepeat: false }).left
      : 0;
  const rest = [...notice.firing, ...notice.resolved].slice(MAX_ITEMS).map(itemOf);
  const text = overflowText({ message, left }, rest);
  if (text !== null) await client.chat.postMessage({ channel, thread_ts: ts, text, unfurl_links: false });
}

async function addPicture({ client, notice, context }: Adding, { channel, ts }: Place): Promise<void> {
  if (notice.digest !== null) return;
  const picture = (await context.picture?.()) ?? null;
  if (picture === null) return;
  await client.filesUploadV2({
    channel_id: channel,
    thread_ts: ts,
    file: Buffer.from(picture.png),
    filename: 'drift.png',
    title: 'Baseline against now',
    alt_text: picture.alt,
  });
}
