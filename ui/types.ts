import type { IncidentDetail, IngestStatus, Me, ModelDetail, SilenceList } from '../server/show/types.ts';

/** The shapes the pages show, all taken from what the REST API answers. */
export type * from '../server/show/types.ts';
export type * from '../server/show/types/receivers.ts';

export type Alert = IncidentDetail['alerts'][number];
export type Incident = ModelDetail['incidents'][number];
export type ActionRun = IncidentDetail['runs'][number];
export type RunStep = ActionRun['steps'][number];
export type RollbackPlan = NonNullable<ActionRun['plan']>;
export type Delivery = IncidentDetail['deliveries'][number];
export type TimelineEntry = IncidentDetail['timeline'][number];
export type Silence = SilenceList['silences'][number];
export type Quarantine = IngestStatus['quarantine'][number];
export type Scope = Me['principal']['scopes'][number];
export type VersionRow = ModelDetail['versions'][number];
export type Matcher = Silence['matchers'][number];
