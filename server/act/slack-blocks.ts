import type { Notice } from '../model.ts';
import type { Message, MessageItem } from './message.ts';
import { shortened } from './message.ts';

/**
 * Block Kit of a message. Slack takes 50 blocks, 150 characters of a header and 3,000 of a section, and refuses messages
 * somewhat above 13,000 characters in all without saying so in its documentation (slackapi/bolt-js#2509).
 */
const MAX_HEADER = 150;
const MAX_SECTION = 3000;
const BUDGET = 12_000;

type Block =
  | { readonly type: 'header'; readonly text: { readonly type: 'plain_text'; readonly text: string } }
  | { readonly type: 'section'; readonly text: { readonly type: 'mrkdwn'; readonly text: string } }
  | {
      readonly type: 'context';
      readonly elements: { readonly type: 'mrkdwn'; readonly text: string }[];
    };

/** `text` is what notifications and screen readers say. */
export interface SlackMessage {
  readonly text: string;
  readonly blocks: Block[];
}

export interface Saying {
  readonly message: Message;
  /** Mrkdwn of the receiver's own, instead of cause and items; beside it is said which alerts are over. */
  readonly own?: { readonly text: string; readonly over: string | null } | null;
  /** Many groups told as one. */
  readonly digest: Notice['digest'];
  /** The same may have been said before, and nobody could look. */
  readonly mayRepeat: boolean;
}

export const POSSIBLE_REPEAT = 'Possible repeat: Slack took this once before, perhaps, and did not answer.';

/** `left`: how many of the message's items found no room. */
export function slackMessage({
  message,
  own = null,
  digest,
  mayRepeat,
}: Saying): SlackMessage & { readonly left: number } {
  const head: readonly Block[] = [
    {
      type: 'header',
      text: { type: 'plain_text', text: shortened(message.title.trim() || 'Leeway', MAX_HEADER) },
    },
    ...(mayRepeat ? [small(POSSIBLE_REPEAT)] : []),
    section(`*${escaped(message.severity)}*`),
    ...(digest === null ? [] : [section(escaped(digestText(digest)))]),
  ];
  const tail: readonly Block[] = [
    section(`<${link(message.url)}|${escaped(message.linkText)}>`),
    small(escaped(message.footer)),
  ];
  const text = escaped(`${mayRepeat ? 'Possible repeat. ' : ''}${message.severity}. ${message.title}`);
  const room = BUDGET - length(head) - length(tail) - text.length - MORE_ROOM;
  const { blocks, left } = own === null ? told(message, room) : { blocks: ownBlocks(own), left: 0 };
  return { text, blocks: [...head, ...blocks, ...tail], left };
}

function told(message: Message, room: number): { readonly blocks: readonly Block[]; readonly left: number } {
  const cause = message.cause === null ? [] : [section(`*Likely cause:* ${escaped(message.cause)}`)];
  const { blocks, left } = fitted(message.items.map(item), room - length(cause));
  const omitted = message.omitted + left;
  const more = omitted === 0 ? [] : [section(`and ${omitted} more in Leeway`)];
  return { blocks: [...cause, ...blocks, ...more], left };
}

function ownBlocks({ text, over }: NonNullable<Saying['own']>): readonly Block[] {
  return [section(text), ...(over === null ? [] : [section(escaped(over))])];
}

/** Room for the line that counts what was left out. */
const MORE_ROOM = 60;

function digestText({ groups, pages, tickets }: NonNullable<Notice['digest']>): string {
  return `Storm: ${groups} groups at once are told as one, ${pages} for a page and ${tickets} for a ticket. This message is kept up to date.`;
}

/** Lines of what found no room in a message, for its thread; null: everything did. */
export function overflowText(
  { message, left }: { readonly message: Message; readonly left: number },
  rest: readonly MessageItem[],
): string | null {
  const items = [...message.items.slice(message.items.length - left), ...rest];
  if (items.length === 0) return null;
  const lines: string[] = [];
  let used = 0;
  for (const { label, summary } of items) {
    const line = `• *${escaped(label)}:* ${escaped(summary)}`;
    used += line.length + 1;
    if (used > MAX_SECTION) break;
    lines.push(line);
  }
  const more = items.length - lines.length;
  const end = more === 0 ? [] : [`and ${more} more: <${link(message.url)}|${escaped(message.linkText)}>`];
  return [...lines, ...end].join('\n');
}

function item({ label, summary, evidence }: MessageItem): Block {
  return section(`*${escaped(label)}:* ${escaped(summary)}\n${escaped(evidence)}`);
}

function section(text: string): Block {
  return { type: 'section', text: { type: 'mrkdwn', text: shortened(text, MAX_SECTION) } };
}

function small(text: string): Block {
  return { type: 'context', elements: [{ type: 'mrkdwn', text: shortened(text, MAX_SECTION) }] };
}

function fitted(
  blocks: readonly Block[],
  room: number,
): { readonly blocks: readonly Block[]; readonly left: number } {
  let used = 0;
  const fits = blocks.findIndex((block) => {
    used += length([block]);
    return used > room;
  });
  return fits === -1 ? { blocks, left: 0 } : { blocks: blocks.slice(0, fits), left: blocks.length - fits };
}

function length(blocks: readonly Block[]): number {
  return JSON.stringify(blocks).length;
}

/** Slack's three control characters; else a feature named `<!channel>` would wake everybody. */
export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function link(url: string): string {
  return escaped(url).replaceAll('|', '%7C');
}
