import { createHash } from 'node:crypto';
import type { SendMailOptions } from 'nodemailer';
import type { Delivery, Notice } from '../model.ts';
import { mailHtml, mailText, plainHtml } from './email-text.ts';
import { messageOf, overText } from './message.ts';
import { withFailures, type OwnWords } from './own-words.ts';
import type { SettingsOf } from './types.ts';

/** A notice as a mail: text first, then HTML, in the conversation of its incident. */

export interface Picture {
  readonly png: Uint8Array;
  readonly alt: string;
}

export interface MailInput {
  readonly delivery: Delivery;
  readonly notice: Notice;
  readonly settings: SettingsOf<'email'>;
  /** What the receiver's templates say. */
  readonly own: OwnWords<'email'>;
  readonly picture: Picture | null;
}

/**
 * Every mail of an incident answers the same made-up first mail, so that mail programs show one conversation whichever arrived
 * first; a retry repeats its Message-ID, so that servers and programs can tell a repeat.
 */
export function mailOf({ delivery, notice, settings, own, picture }: MailInput): SendMailOptions {
  const message = withFailures(messageOf(notice, delivery), settings.id, own.failures);
  const { subject = message.subject, text, html = text === undefined ? text : plainHtml(text) } = own.words;
  const ownText = (words: string | undefined) =>
    words === undefined ? null : { text: words, over: overText(notice) };
  const domain = settings.from.split('@').at(-1) ?? 'leeway.invalid';
  const root = rootOf(delivery, notice, domain);
  const inline = picture === null ? null : { cid: `picture@${domain}`, alt: picture.alt };
  return {
    from: settings.from,
    to: [...settings.to],
    subject,
    text: mailText(message, ownText(text)),
    html: mailHtml(message, inline, ownText(html)),
    attachments: picture === null || inline === null ? [] : [attachmentOf(picture, inline.cid)],
    date: new Date(notice.atMs),
    messageId: idOf('notice', notice.id, domain),
    inReplyTo: root,
    references: root,
    headers: {
      'Auto-Submitted': 'auto-generated',
      ...(delivery.mayRepeat ? { 'X-Leeway-Possible-Repeat': 'yes' } : {}),
    },
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

function attachmentOf({ png }: Picture, cid: string) {
  return {
    cid,
    content: Buffer.from(png),
    contentType: 'image/png',
    contentDisposition: 'inline' as const,
    filename: 'change.png',
  };
}

function rootOf({ thread }: Delivery, notice: Notice, domain: string): string {
  return thread?.['root'] ?? idOf('root', notice.incidentId ?? notice.id, domain);
}

function idOf(kind: string, id: string, domain: string): string {
  const hash = createHash('sha256').update(`${kind}/${id}`).digest('hex').slice(0, 32);
  return `<${kind}.${hash}@${domain}>`;
}
