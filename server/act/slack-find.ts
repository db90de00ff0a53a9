import type { WebClient } from '@slack/web-api';
import type { Notice } from '../model.ts';
import { outcomeOf } from './slack-answers.ts';

/** Messages carry the id of their notice, so that Slack can be asked whether one arrived whose answer was lost. */

const EVENT_TYPE = 'leeway_notice';
const PAGE = 100;
/** So many messages of a channel or thread are looked through, the newest first. */
const MOST_PAGES = 3;

export function metadataOf({ id }: Notice) {
  return { event_type: EVENT_TYPE, event_payload: { id } };
}

/** Where the message is; `none`: it did not arrive; `unsure`: nobody can say; `later`: Slack may say another time. */
export type Found = { readonly channel: string; readonly ts: string } | 'none' | 'unsure' | 'later';

interface Page {
  readonly messages?: readonly SlackItem[];
  readonly has_more?: boolean;
  readonly response_metadata?: { readonly next_cursor?: string };
}

interface SlackItem {
  readonly ts?: string;
  readonly metadata?: { readonly event_type?: string; readonly event_payload?: unknown };
}

/** Looks for the message of a notice, or of one it was sent instead of, in a channel. */
export async function findMessage(client: WebClient, channel: string, notice: Notice): Promise<Found> {
  return find(channel, notice, (cursor) =>
    client.conversations.history({ channel, include_all_metadata: true, limit: PAGE, ...cursor }),
  );
}

/** The same for a reply in a message's thread. */
export async function findReply(
  client: WebClient,
  { channel, ts }: { readonly channel: string; readonly ts: string },
  notice: Notice,
): Promise<Found> {
  return find(channel, { id: notice.id }, (cursor) =>
    client.conversations.replies({ channel, ts, include_all_metadata: true, limit: PAGE, ...cursor }),
  );
}

type Wanted = Pick<Notice, 'id' | 'supersedes'>;

async function find(
  channel: string,
  { id, supersedes = [] }: Wanted,
  read: (cursor: { readonly cursor?: string }) => Promise<Page>,
): Promise<Found> {
  const wanted = new Set<unknown>([id, ...supersedes]);
  try {
    let cursor: { readonly cursor?: string } = {};
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const { messages = [], has_more: hasMore, response_metadata: next } = await read(cursor);
      const ts = messages.find((item) => wanted.has(idOf(item)))?.ts;
      if (ts !== undefined) return { channel, ts };
      const following = next?.next_cursor ?? '';
      if (hasMore !== true || following === '') return 'none';
      cursor = { cursor: following };
    }
    return 'unsure';
  } catch (error) {
    // A channel that is named by its name, or an app without the right to read it, cannot ever be looked through.
    return outcomeOf(error, 0).kind === 'failed' ? 'unsure' : 'later';
  }
}

function idOf({ metadata }: SlackItem): unknown {
  if (metadata?.event_type !== EVENT_TYPE) return null;
  return (metadata.event_payload as { readonly id?: unknown } | undefined)?.id;
}
