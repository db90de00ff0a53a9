import { parseConfig } from '../../server/config.ts';
import type { LimitSettings } from '../../server/settings.ts';

/** The limits of an appliance that sets none. */
export const LIMITS: LimitSettings = parseConfig('', { file: 'leeway.yaml', environment: {} }).limits;
