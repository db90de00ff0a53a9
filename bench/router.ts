import { benchOf } from './kit/parts.ts';
import { alertsPerSecond } from './router/alerts-per-second.ts';
import { interleavings } from './router/interleavings.ts';
import { kills } from './router/kills.ts';
import { scoreToSocket } from './router/score-to-socket.ts';

/** Whether the contract of the router holds, whether pages arrive, and how fast: see each part. */
export const router = benchOf({ interleavings, kills, alertsPerSecond, scoreToSocket });
