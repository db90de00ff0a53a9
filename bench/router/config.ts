import { parseConfig } from '../../server/config.ts';
import type { Settings } from '../../server/settings.ts';

/** Two ways to tell each tenant: one webhook for all, and a Slack channel for each. */
export interface Places {
  readonly folder: string;
  readonly webhookUrl: string;
  readonly slackUrl: string;
}

/** The last two are known by their names only, so that nobody can look a message up in them. */
export const CHANNELS = ['C0PAGES0', 'C0PAGES1', 'C0PAGES2', 'C0PAGES3', '#pages-4', '#pages-5'];

export const tenantOf = (page: number): string => `t${page % CHANNELS.length}`;
export const modelOf = (page: number): string => `page-${page}`;

export function settingsFor({ folder, webhookUrl, slackUrl }: Places): Settings {
  const slack = CHANNELS.map((channel, index) => ({
    id: `slack-${index}`,
    type: 'slack',
    channel,
    token: { env: 'SLACK' },
    apiUrl: `${slackUrl}/`,
  }));
  const routes = CHANNELS.map((_, index) => ({
    id: `tenant-${index}`,
    match: [`tenant="t${index}"`],
    receivers: ['hook', `slack-${index}`],
  }));
  const config = {
    data: folder,
    receivers: [...slack, { id: 'hook', type: 'webhook', url: webhookUrl, secret: { env: 'HOOK' } }],
    route: {
      id: 'root',
      receivers: ['hook'],
      groupWait: '1s',
      groupInterval: '10s',
      repeatInterval: '7d',
      routes,
    },
    egress: { allow: [webhookUrl, slackUrl].map((url) => new URL(url).origin) },
  };
  const environment = { SLACK: 'xoxb-bench', HOOK: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' };
  return parseConfig(JSON.stringify(config), { file: 'leeway.yaml', environment });
}
