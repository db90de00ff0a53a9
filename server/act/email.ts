import { assertAllowed } from './egress.ts';
import { mailOf, type Picture } from './email-mail.ts';
import { passwordForms, serverOf } from './email-server.ts';
import { sendMail } from './email-transport.ts';
import { payloadOf } from './message.ts';
import { failed } from './outcome.ts';
import { wordsFor } from './own-words.ts';
import type { DeliveryContext, ReceiverPart } from './types.ts';

const TIMEOUT_MS = 15_000;
/** Whatever the picture does, the mail leaves by then. */
const PICTURE_WITHIN_MS = 3_000;

/** Email by SMTP. */
export const email: ReceiverPart<'email'> = {
  type: 'email',
  secrets: ({ smtpUrl }) => [smtpUrl, ...passwordForms(smtpUrl)],
  attempt: async (delivery, context) => {
    const payload = payloadOf(delivery);
    if (payload.kind !== 'notice')
      return failed('A mailbox cannot be asked to retrain; name a webhook receiver in retrain');
    const { settings, egress, timeoutMs = TIMEOUT_MS } = context;
    const server = serverOf(settings.smtpUrl);
    assertAllowed({ host: server.host, port: String(server.port), isPlain: false }, egress);
    const { notice } = payload;
    const own = wordsFor(context, notice);
    const picture = await pictureInTime(context);
    const mail = mailOf({ delivery, notice, settings, own, picture });
    return sendMail({ server, mail, egress, timeoutMs });
  },
};

/** A mail without its picture beats a mail too late. */
async function pictureInTime({ picture }: Pick<DeliveryContext, 'picture'>): Promise<Picture | null> {
  if (picture === undefined) return null;
  const late = Promise.withResolvers<null>();
  const timer = setTimeout(() => late.resolve(null), PICTURE_WITHIN_MS);
  try {
    return await Promise.race([picture(), late.promise]);
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}
