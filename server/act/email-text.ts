import type { Message, MessageItem } from './message.ts';

/** A message as plain text and as HTML of its own making: nothing fetched, every value escaped. */

export function mailText(message: Message): string {
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

/** A picture that comes with the mail, by its content id. */
export interface InlinePicture {
  readonly cid: string;
  readonly alt: string;
}

export function mailHtml(message: Message, picture: InlinePicture | null = null): string {
  const url = escaped(message.url);
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    `<title>${escaped(message.title)}</title></head><body>`,
    ...(message.change === null ? [] : [`<p>${escaped(message.change)}</p>`]),
    `<h1>${escaped(message.title)}</h1>`,
    `<p><strong>${escaped(message.severity)}</strong></p>`,
    ...message.notes.map((note) => `<p>${escaped(note)}</p>`),
    ...(picture === null ? [] : [`<p><img src="cid:${picture.cid}" alt="${escaped(picture.alt)}"></p>`]),
    ...(message.cause === null ? [] : [`<p><strong>Likely cause:</strong> ${escaped(message.cause)}</p>`]),
    `<ul>${message.items.map(listItem).join('')}</ul>`,
    ...more(message).map((line) => `<p>${escaped(line)}</p>`),
    `<p><a href="${url}">${escaped(message.linkText)}</a></p>`,
    `<p><small>${escaped(message.footer)}</small></p>`,
    '</body></html>',
  ].join('\n');
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

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
