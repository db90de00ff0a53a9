import { benchOf } from './kit/parts.ts';
import { alertsPerSecond } from './router/alerts-per-second.ts';
import { interleavings } from './router/interleavings.ts';
import { scoreToSocket } from './router/score-to-socket.ts';

/** Whether the contract of the router holds, and how fast it is: see each part. */
export const router = benchOf({ interleavings, alertsPerSecond, scoreToSocket });
