import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { describe, inject } from 'vitest';
import type { Chromium } from '../setup/chromium.ts';

/** One headless Chromium for a test file, and pages that write down everything that goes wrong in them. */

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export interface Watched {
  readonly page: Page;
  /** Console errors, uncaught errors, policy violations and requests to other places. Empty is right. */
  readonly problems: string[];
  readonly context: BrowserContext;
}

export interface Look {
  readonly theme?: 'light' | 'dark';
  readonly width?: number;
  readonly height?: number;
}

export async function launch(found: Chromium): Promise<Browser> {
  if (!found.found) throw new Error(found.why);
  const { executablePath, args, env } = found;
  const whole = Object.fromEntries(
    Object.entries({ ...process.env, ...env }).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    ),
  );
  return chromium.launch({ executablePath, args: [...args], env: whole });
}

export async function watch(
  browser: Browser,
  { theme = 'light', width = 1280, height = 800 }: Look = {},
): Promise<Watched> {
  const context = await browser.newContext({
    locale: 'en-US',
    timezoneId: 'America/Los_Angeles',
    colorScheme: theme,
    viewport: { width, height },
    reducedMotion: 'reduce',
  });
  context.setDefaultTimeout(8_000);
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => problems.push(`uncaught: ${error.message}`));
  page.on('request', (request) => {
    const { hostname, protocol } = new URL(request.url());
    if (protocol !== 'data:' && hostname !== '127.0.0.1') problems.push(`request to ${request.url()}`);
  });
  await page.addInitScript(`document.addEventListener('securitypolicyviolation', (event) =>
    console.error('policy: ' + event.violatedDirective + ' ' + event.blockedURI))`);
  return { page, problems, context };
}

/** What axe finds against WCAG 2.0 to 2.2, levels A and AA. Empty is right. */
export async function axe(page: Page): Promise<readonly string[]> {
  await page.evaluate(AXE);
  return page.evaluate(`axe
    .run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })
    .then(({ violations }) => violations.flatMap(({ id, nodes }) =>
      nodes.map((node) => id + ': ' + node.target.flat().join(' ') + ' ' + (node.any[0]?.message ?? node.failureSummary))))`);
}

/** How many pixels the page is wider than the window. */
export async function overflow(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
}

/** A group of browser tests, skipped with the reason where no Chromium can be had. */
export function describeInBrowser(name: string, tests: (found: Chromium) => void): void {
  const found = inject('chromium');
  if (found.found) describe(name, () => tests(found));
  else describe.skip(`${name} (${found.why})`, () => tests(found));
}
