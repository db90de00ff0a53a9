import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import type { Email } from 'postal-mime';
import { describe, expect, it } from 'vitest';
import { receivers } from '../../../server/act/receivers.ts';
import type { Delivery } from '../../../server/model.ts';
import { contextOf, LOCAL_EGRESS } from './context.ts';
import { mailbox } from './mailbox.ts';
import { alertOf, deliveryOf, noticeOf, NOW_MS, retrainOf } from './samples.ts';

const receiver = receivers.find(({ type }) => type === 'email')!;

function settingsFor(port: number, login = '') {
  return {
    id: 'mail',
    type: 'email',
    to: ['ana@acme.example', 'ben@acme.example'],
    from: 'leeway@acme.example',
    smtpUrl: `smtp://${login}127.0.0.1:${port}`,
  } as const;
}

const deliver = (port: number, delivery: Delivery = deliveryOf(), timeoutMs = 2_000) =>
  receiver.deliver(delivery, contextOf(settingsFor(port), { timeoutMs }));

const header = (mail: Email, name: string) => mail.headers.find(({ key }) => key === name)?.value;

const smtpError = (code: number, message: string) =>
  Object.assign(new Error(message), { responseCode: code });

describe('the email receiver', () => {
  it('sends text and HTML that say what, how urgent, why and where', async () => {
    await using box = await mailbox();
    const outcome = await deliver(box.port);
    const mail = box.mails[0]!;
    expect(outcome).toMatchObject({ kind: 'sent', detail: 'mailed 2 of 2' });
    expect(mail.subject).toBe('[Leeway] acme/fraud: Card fraud: distance drifted');
    expect(mail.to?.map(({ address }) => address)).toEqual(['ana@acme.example', 'ben@acme.example']);
    for (const body of [mail.text, mail.html])
      for (const said of [
        'Page: somebody is needed now',
        'miles became kilometres?',
        'rose from 3 to 21 %',
        'http://127.0.0.1:8080/#/incidents/inc_1',
      ])
        expect(body).toContain(said);
    expect(header(mail, 'auto-submitted')).toBe('auto-generated');
    expect(Date.parse(mail.date!)).toBe(NOW_MS);
  });

  it('keeps the mails of an incident in one conversation, whichever arrives first', async () => {
    await using box = await mailbox();
    const resolved = noticeOf({
      id: 'ntc_2',
      reason: 'all_resolved',
      firing: [],
      resolved: [alertOf({ state: 'resolved' })],
    });
    await deliver(box.port, deliveryOf({ payload: resolved }));
    await deliver(box.port);
    const [second, first] = box.mails as [Email, Email];
    expect(first.inReplyTo).toBe(second.inReplyTo);
    expect(first.references).toBe(first.inReplyTo);
    expect(first.subject).toBe(second.subject);
    expect(first.messageId).not.toBe(second.messageId);
    expect(second.text).toContain('All resolved: distance drifted');
  });

  it('repeats the Message-ID when a notice is sent again', async () => {
    await using box = await mailbox();
    await deliver(box.port);
    await deliver(box.port, deliveryOf({ attempt: 2 }));
    expect(box.mails[0]!.messageId).toBe(box.mails[1]!.messageId);
  });

  it('stays in the conversation of its group when an incident comes later', async () => {
    await using box = await mailbox();
    const before = await deliver(box.port, deliveryOf({ payload: noticeOf({ incidentId: null }) }));
    const thread = before.kind === 'sent' ? (before.thread ?? null) : null;
    await deliver(box.port, deliveryOf({ payload: noticeOf({ id: 'ntc_2' }), thread }));
    expect(box.mails[1]!.inReplyTo).toBe(box.mails[0]!.inReplyTo);
  });

  it('escapes every value in HTML and lets no value start a header', async () => {
    await using box = await mailbox();
    const title = 'x\r\nBcc: eve@evil.example\r\n\r\n<script>alert(1)</script>';
    await deliver(box.port, deliveryOf({ payload: noticeOf({ title, url: 'http://x/"onclick="y' }) }));
    const mail = box.mails[0]!;
    expect(mail.bcc).toBeUndefined();
    expect(header(mail, 'bcc')).toBeUndefined();
    expect(mail.html).toContain('&lt;script&gt;');
    expect(mail.html).not.toContain('<script>');
    expect(mail.html).toContain('href="http://x/&quot;onclick=&quot;y"');
  });

  it('names the address a server refused when it took the others', async () => {
    await using box = await mailbox({
      onRcptTo: ({ address }, _session, done) =>
        done(address.startsWith('ben') ? smtpError(550, 'no such user') : undefined),
    });
    const outcome = await deliver(box.port);
    expect(outcome).toMatchObject({
      kind: 'sent',
      detail: 'mailed 1 of 2; the server refused ben@acme.example',
    });
  });

  it.each([
    [550, 'failed'],
    [451, 'retry'],
  ])('takes %i for every address as %s', async (code, kind) => {
    await using box = await mailbox({
      onRcptTo: (_address, _session, done) => done(smtpError(code, 'not you')),
    });
    const outcome = await deliver(box.port);
    expect(outcome.kind).toBe(kind);
    expect(outcome.detail).toContain(`${code} not you`);
  });

  it('tries again when some addresses are refused for good and the others only for now', async () => {
    await using box = await mailbox({
      onRcptTo: ({ address }, _session, done) =>
        done(smtpError(address.startsWith('ben') ? 550 : 451, 'not you')),
    });
    expect(await deliver(box.port)).toMatchObject({ kind: 'retry' });
  });

  it.each([
    ['smtp://127.0.0.1:1', 'retry', 'no connection'],
    ['http://127.0.0.1:25', 'failed', 'Expected the SMTP server as smtp://'],
    ['not a url', 'failed', 'Expected the SMTP server as smtp://'],
    ['smtp://mail.evil.example:25', 'failed', 'egress.allow'],
    ['smtp://mail.evil.example:25?host=127.0.0.1', 'failed', 'egress.allow'],
  ])('%s is %s', async (smtpUrl, kind, detail) => {
    const outcome = await receiver.deliver(deliveryOf(), contextOf({ ...settingsFor(1), smtpUrl }));
    expect(outcome.kind).toBe(kind);
    expect(outcome.detail).toContain(detail);
  });

  it('gives a server that says nothing up in time', async () => {
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => void silent.listen(0, '127.0.0.1', resolve));
    const outcome = await deliver((silent.address() as AddressInfo).port, deliveryOf(), 300);
    expect(outcome).toMatchObject({ kind: 'retry' });
    silent.close();
  });

  it('takes a refused password as final and never repeats it', async () => {
    await using box = await mailbox({
      authOptional: false,
      allowInsecureAuth: true,
      onAuth: ({ password }, _session, done) => done(smtpError(535, `wrong: ${password}`)),
    });
    const settings = settingsFor(box.port, 'ana:hunter%402@');
    const outcome = await receiver.deliver(deliveryOf(), contextOf(settings));
    expect(outcome.kind).toBe('failed');
    expect(outcome.detail).toContain('wrong: [secret]');
  });

  it('logs in with the decoded password', async () => {
    const passwords: (string | null | undefined)[] = [];
    await using box = await mailbox({
      authOptional: false,
      allowInsecureAuth: true,
      onAuth: ({ password, username }, _session, done) => {
        passwords.push(password);
        done(null, { user: username });
      },
    });
    const outcome = await receiver.deliver(deliveryOf(), contextOf(settingsFor(box.port, 'ana:hunter%402@')));
    expect(outcome.kind).toBe('sent');
    expect(passwords).toEqual(['hunter@2']);
  });

  it('sends no password over a network that is not encrypted, and says so', async () => {
    const passwords: unknown[] = [];
    await using box = await mailbox({
      allowInsecureAuth: true,
      onAuth: ({ password }, _session, done) => {
        passwords.push(password);
        done(null, { user: 'ana' });
      },
    });
    // 0.0.0.0 reaches this machine too, but is not taken for it.
    const smtpUrl = `smtp://ana:hunter2@0.0.0.0:${box.port}`;
    const settings = { ...settingsFor(box.port), smtpUrl };
    const outcome = await receiver.deliver(
      deliveryOf(),
      contextOf(settings, {
        egress: { ...LOCAL_EGRESS, allow: ['0.0.0.0:*'], open: ['0.0.0.0/8', '127.0.0.0/8'] },
      }),
    );
    expect(outcome).toMatchObject({ kind: 'failed' });
    expect(outcome.detail).toContain('offers no encryption');
    expect(passwords).toEqual([]);
    expect(box.mails).toEqual([]);
  });

  it('shows the picture inside the mail', async () => {
    await using box = await mailbox();
    const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 1, 2, 3]);
    const picture = async () => ({ png, alt: 'distance: "21 %" above 1200' });
    const outcome = await receiver.deliver(deliveryOf(), contextOf(settingsFor(box.port), { picture }));
    const mail = box.mails[0]!;
    const [attached] = mail.attachments;
    expect(outcome.kind).toBe('sent');
    expect(attached).toMatchObject({ mimeType: 'image/png', disposition: 'inline' });
    expect(new Uint8Array(attached!.content as ArrayBuffer)).toEqual(png);
    expect(mail.html).toContain(`<img src="cid:${attached!.contentId!.replaceAll(/[<>]/g, '')}"`);
    expect(mail.html).toContain('alt="distance: &quot;21 %&quot; above 1200"');
    expect(mail.text).toContain('rose from 3 to 21 %');
  });

  it.each<[string, () => Promise<null>]>([
    ['there is none', async () => null],
    ['it cannot be drawn', async () => Promise.reject(new Error('no font'))],
    ['it never comes', () => new Promise(() => {})],
  ])('sends the mail without a picture when %s', async (_name, picture) => {
    await using box = await mailbox();
    const outcome = await receiver.deliver(deliveryOf(), contextOf(settingsFor(box.port), { picture }));
    expect(outcome.kind).toBe('sent');
    expect(box.mails[0]!.attachments).toEqual([]);
    expect(box.mails[0]!.html).not.toContain('<img');
  });

  it.each<[string, Partial<Delivery>, string]>([
    ['may have been told before', { mayRepeat: true }, 'Possible repeat'],
    ['calls nobody', { payload: noticeOf({ isQuiet: true }) }, 'For the record'],
    [
      'tells of many groups',
      { payload: noticeOf({ digest: { groups: 30, pages: 4, tickets: 26 } }) },
      '30 groups of alerts told as one (4 pages, 26 tickets)',
    ],
    ['leaves alerts out', { payload: noticeOf({ omitted: 7 }) }, 'and 7 more in Leeway'],
  ])('says that it %s, under the same subject', async (_name, change, said) => {
    await using box = await mailbox();
    await deliver(box.port);
    await deliver(box.port, deliveryOf(change));
    const [plain, told] = box.mails as [Email, Email];
    for (const body of [told.text, told.html]) expect(body).toContain(said);
    for (const body of [plain.text, plain.html]) expect(body).not.toContain(said);
    expect(told.subject).toBe(plain.subject);
    expect(header(told, 'x-leeway-possible-repeat')).toBe(change.mayRepeat === true ? 'yes' : undefined);
  });

  it('makes its connections like every other call: a name that leads to this machine is refused', async () => {
    await using box = await mailbox();
    for (const host of ['localhost', '127.0.0.1', '2130706433', '0x7f.1', '[::ffff:127.0.0.1]', '0']) {
      const settings = { ...settingsFor(box.port), smtpUrl: `smtp://${host}:${box.port}` };
      const egress = { ...LOCAL_EGRESS, allow: ['*:*', `${host}:*`, '[::ffff:7f00:1]:*'], open: [] };
      const outcome = await receiver.deliver(deliveryOf(), contextOf(settings, { egress }));
      expect([host, outcome.kind, outcome.detail]).toEqual([
        host,
        'failed',
        expect.stringContaining('egress.open'),
      ]);
    }
    expect(box.mails).toEqual([]);
  });

  it('refuses to be asked for a retraining', async () => {
    const delivery = deliveryOf({ kind: 'retrain', payload: retrainOf() });
    expect(await deliver(1, delivery)).toMatchObject({ kind: 'failed' });
  });
});
