import { benchOf } from './kit/parts.ts';
import { kills } from './router/kills.ts';

/** Whether pages arrive, and how fast. */
export const router = benchOf({ kills });
