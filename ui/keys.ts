/** Single-key shortcuts: what each key asks for. They can be switched off, and never fire while something is typed. */

export type Wish =
  | { readonly kind: 'go'; readonly page: string }
  | { readonly kind: 'move'; readonly by: 1 | -1 }
  | { readonly kind: 'filter' | 'help' };

export const SHORTCUTS: readonly { readonly keys: string; readonly text: string; readonly wish: Wish }[] = [
  { keys: '?', text: 'Show these keys', wish: { kind: 'help' } },
  { keys: '/', text: 'Filter', wish: { kind: 'filter' } },
  { keys: 'j', text: 'Next row', wish: { kind: 'move', by: 1 } },
  { keys: 'k', text: 'Row before', wish: { kind: 'move', by: -1 } },
  { keys: 'g f', text: 'Go to the fleet', wish: { kind: 'go', page: 'fleet' } },
  { keys: 'g i', text: 'Go to the incidents', wish: { kind: 'go', page: 'incidents' } },
  { keys: 'g s', text: 'Go to the silences', wish: { kind: 'go', page: 'silences' } },
  { keys: 'g t', text: 'Go to what was told', wish: { kind: 'go', page: 'deliveries' } },
  { keys: 'g d', text: 'Go to sending data', wish: { kind: 'go', page: 'start' } },
];

/** What the last two keys ask for; a sequence wins over its last key alone. */
export function wishOf(before: string, key: string): Wish | null {
  const found =
    SHORTCUTS.find((shortcut) => shortcut.keys === `${before} ${key}`) ??
    SHORTCUTS.find((shortcut) => shortcut.keys === key);
  return found?.wish ?? null;
}
