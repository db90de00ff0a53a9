import type { Message, MessageItem } from './message.ts';

/** A message as plain text and as HTML of its own making: nothing fetched, every value escaped. */

/** A text of the receiver's own, and which alerts are over, which it may not say. */
export interface OwnText {
  readonly text: string;
  readonly over: string | null;
}

/** With `own` Leeway says only what is sure of every notice: what changed, how urgent it is, what is over, where to look. */
export function mailText(message: Message, own: OwnText | null = null): string {
  if (own !== null) return ownMailText(message, own);
  return [
    ...(message.change === null ? [] : [message.change, '']),
    message.title,
    message.severity,
    ...message.notes,
    ...(message.cause === null ? [] : ['', `Likely cause: ${message.cause}`]),
    '',
    ...message.items.flatMap(({ label, summary, evidence }) => [`${label}: ${summary}`, `  ${evidence}`]),
    ...more(message),
    '',
    `${message.linkText}: ${message.url}`,
    '',
    message.footer,
    '',
  ].join('\n');
}

function ownMailText(message: Message, { text, over }: OwnText): string {
  return [
    ...(message.change === null ? [] : [message.change]),
    message.severity,
    ...message.notes,
    '',
    text,
    '',
    ...(over === null ? [] : [over, '']),
    `${message.linkText}: ${message.url}`,
    '',
    message.footer,
    '',
  ].join('\n');
}

/** A picture that comes with the mail, by its content id. */
export interface InlinePicture {
  readonly cid: string;
  readonly alt: string;
}

export function mailHtml(
  message: Message,
  picture: InlinePicture | null = null,
  own: OwnText | null = null,
): string {
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    `<title>${escaped(message.title)}</title></head><body>`,
    ...(own === null ? toldHtml(message, picture) : ownHtml(message, picture, own)),
    `<p><small>${escaped(message.footer)}</small></p>`,
    '</body></html>',
  ].join('\n');
}

function toldHtml(message: Message, picture: InlinePicture | null): readonly string[] {
  return [
    ...(message.change === null ? [] : [`<p>${escaped(message.change)}</p>`]),
    `<h1>${escaped(message.title)}</h1>`,
    `<p><strong>${escaped(message.severity)}</strong></p>`,
    ...message.notes.map((note) => `<p>${escaped(note)}</p>`),
    ...pictureHtml(picture),
    ...(message.cause === null ? [] : [`<p><strong>Likely cause:</strong> ${escaped(message.cause)}</p>`]),
    `<ul>${message.items.map(listItem).join('')}</ul>`,
    ...more(message).map((line) => `<p>${escaped(line)}</p>`),
    linkHtml(message),
  ];
}

/** HTML that somebody else wrote comes last: whatever is left open in it, what has to be said stands before it. */
function ownHtml(
  message: Message,
  picture: InlinePicture | null,
  { text, over }: OwnText,
): readonly string[] {
  return [
    ...(message.change === null ? [] : [`<p>${escaped(message.change)}</p>`]),
    `<p><strong>${escaped(message.severity)}</strong></p>`,
    ...message.notes.map((note) => `<p>${escaped(note)}</p>`),
    ...(over === null ? [] : [`<p>${escaped(over)}</p>`]),
    linkHtml(message),
    ...pictureHtml(picture),
    text,
  ];
}

/** Lines stay lines. */
export function plainHtml(text: string): string {
  return `<div style="white-space: pre-wrap">${escaped(text)}</div>`;
}

function linkHtml({ url, linkText }: Message): string {
  return `<p><a href="${escaped(url)}">${escaped(linkText)}</a></p>`;
}

function pictureHtml(picture: InlinePicture | null): readonly string[] {
  return picture === null ? [] : [`<p><img src="cid:${picture.cid}" alt="${escaped(picture.alt)}"></p>`];
}

function listItem({ label, summary, evidence }: MessageItem): string {
  return `<li><strong>${escaped(label)}:</strong> ${escaped(summary)}<br>${escaped(evidence)}</li>`;
}

function more({ omitted }: Message): readonly string[] {
  return omitted === 0 ? [] : [`and ${omitted} more in Leeway`];
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
