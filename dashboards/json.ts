import type { Dashboard } from './types.ts';

/** The file's text; stable, so that a change of a dashboard is a readable difference. */
export function jsonOf(dashboard: Dashboard): string {
  return `${JSON.stringify(dashboard, null, 2)}\n`;
}
