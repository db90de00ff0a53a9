import type { Health, Level } from './types.ts';

/** How a level looks and what it is called: what chance explains is calm, whatever its size. */
export const LEVELS: Readonly<Record<Level, { readonly health: Health; readonly word: string }>> = {
  page: { health: 'action', word: 'Over its page limit' },
  ticket: { health: 'drifting', word: 'Over its ticket limit' },
  within: { health: 'healthy', word: 'Within its limits' },
  chance: { health: 'healthy', word: 'Chance explains it' },
  undecided: { health: 'learning', word: 'Not decided' },
};

/** Whether somebody should look. */
export function isLoud(level: Level): boolean {
  return level === 'page' || level === 'ticket';
}
