import { writeFileSync } from 'node:fs';
import { dashboards } from './index.ts';
import { jsonOf } from './json.ts';

/** `npm run dashboards`: writes each dashboard as Grafana imports it, beside this file. */
for (const dashboard of dashboards) {
  const file = new URL(`${dashboard.uid}.json`, import.meta.url);
  writeFileSync(file, jsonOf(dashboard));
  console.log(`wrote dashboards/${dashboard.uid}.json: ${dashboard.panels.length} panels`);
}
