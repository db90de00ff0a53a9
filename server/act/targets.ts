import type { ReceiverSettings } from '../settings.ts';
import type { Endpoint } from './egress.ts';
import { serverOf } from './email-server.ts';
import { PAGERDUTY_URL } from './pagerduty.ts';
import { hostOf } from './signed-post.ts';

/** Where a receiver tells, without secrets: channels and addresses in full, of URLs the host, since paths may hold tokens. */
export function targetOf(settings: ReceiverSettings): string {
  switch (settings.type) {
    case 'slack':
      return settings.channel;
    case 'email':
      return settings.to.join(', ');
    case 'webhook':
    case 'alertmanager':
    case 'pagerduty':
      return hostOf(urlOf(settings));
  }
}

/** What a receiver calls, as the egress list judges it. Throws BadRequestError when its address cannot be understood. */
export function endpointOf(settings: ReceiverSettings): Endpoint {
  if (settings.type !== 'email') return endpointOfUrl(urlOf(settings));
  const { host, port } = serverOf(settings.smtpUrl);
  return { host, port: String(port), isPlain: false };
}

export function endpointOfUrl(text: string): Endpoint {
  const { protocol, hostname, port } = new URL(text);
  const isPlain = protocol === 'http:';
  return { host: hostname, port: port || (isPlain ? '80' : '443'), isPlain };
}

function urlOf(settings: Exclude<ReceiverSettings, { readonly type: 'email' }>): string {
  switch (settings.type) {
    case 'slack':
      return settings.apiUrl ?? 'https://slack.com/api/';
    case 'pagerduty':
      return settings.apiUrl ?? PAGERDUTY_URL;
    case 'webhook':
    case 'alertmanager':
      return settings.url;
  }
}
