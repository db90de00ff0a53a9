import type { Endpoint } from '../endpoint.ts';
import { alertEndpoints } from './alerts.ts';
import { auditEndpoints } from './audit.ts';
import { baselineEndpoints } from './baselines.ts';
import { backtestEndpoints } from './backtest.ts';
import { callbackEndpoints } from './callback.ts';
import { dashboardEndpoints } from './dashboards.ts';
import { deliveryEndpoints } from './deliveries.ts';
import { deploymentEndpoints } from './deployments.ts';
import { detectorEndpoints } from './detectors.ts';
import { eventEndpoints } from './events.ts';
import { explainAlertEndpoints } from './explain-alert.ts';
import { fleetEndpoints } from './fleet.ts';
import { incidentEndpoints } from './incidents.ts';
import { incidentWordEndpoints } from './incident-words.ts';
import { postMortemEndpoints } from './post-mortem.ts';
import { ingestStatusEndpoints } from './ingest-status.ts';
import { keyEndpoints } from './keys.ts';
import { meEndpoints } from './me.ts';
import { modelEndpoints } from './models.ts';
import { predictionEndpoints } from './predictions.ts';
import { quarantineEndpoints } from './quarantine.ts';
import { receiverEndpoints } from './receivers.ts';
import { reloadEndpoints } from './reload.ts';
import { runEndpoints } from './runs.ts';
import { schemaEndpoints } from './schema.ts';
import { scoreEndpoints } from './scores.ts';
import { sessionEndpoints } from './session.ts';
import { silenceEndpoints } from './silences.ts';

/** Every address of the API, in the order of its description. */
export const ENDPOINTS: readonly Endpoint[] = [
  ...fleetEndpoints,
  ...modelEndpoints,
  ...schemaEndpoints,
  ...predictionEndpoints,
  ...baselineEndpoints,
  ...scoreEndpoints,
  ...detectorEndpoints,
  ...backtestEndpoints,
  ...alertEndpoints,
  ...explainAlertEndpoints,
  ...silenceEndpoints,
  ...incidentEndpoints,
  ...deliveryEndpoints,
  ...receiverEndpoints,
  ...incidentWordEndpoints,
  ...postMortemEndpoints,
  ...runEndpoints,
  ...callbackEndpoints,
  ...deploymentEndpoints,
  ...ingestStatusEndpoints,
  ...quarantineEndpoints,
  ...dashboardEndpoints,
  ...eventEndpoints,
  ...meEndpoints,
  ...sessionEndpoints,
  ...keyEndpoints,
  ...auditEndpoints,
  ...reloadEndpoints,
];
