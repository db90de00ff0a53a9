import { detectionDashboard } from './detection.ts';
import { fleetDashboard } from './fleet.ts';
import { objectivesDashboard } from './objectives.ts';
import type { Dashboard } from './types.ts';

/** Every Grafana dashboard that comes with Leeway; a new one is a file and a line here. */
export const dashboards: readonly Dashboard[] = [fleetDashboard, objectivesDashboard, detectionDashboard];
