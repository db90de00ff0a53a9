import { describe, expect, it } from 'vitest';
import type { Command } from './commands.ts';
import { MemoryAppliance } from './memory.ts';
import { TREES } from './trees.ts';
import { World } from './world.ts';

const wait = (minutes: number): Command => ({ do: 'wait', minutes });
const reload = (tree: number): Command => ({ do: 'reload', tree });

/** What random interleavings once broke, each as the shortest story that did. */
const STORIES: readonly (readonly [string, readonly Command[]])[] = [
  [
    'a fallback that may have heard of a page, and refuses to hear it again, is told its end',
    [
      { do: 'receiver', id: 'extra', is: 'deaf' },
      { do: 'receiver', id: 'oncall', is: 'deaf' },
      { do: 'fire', slot: 10, severity: 'page' },
      wait(400),
      { do: 'receiver', id: 'extra', is: 'refusing' },
      wait(400),
      { do: 'resolve', slot: 10 },
    ],
  ],
  [
    'an escalation that is told puts off nothing that the first receiver is owed',
    [
      { do: 'fire', slot: 10, severity: 'page' },
      reload(4),
      wait(11),
      { do: 'fire', slot: 1, severity: 'page' },
      { do: 'fire', slot: 0, severity: 'page' },
      wait(7),
      wait(1),
    ],
  ],
  [
    'an alert that the warning of a silence’s near end has named, and that ends in the silence, is told ended',
    [
      { do: 'fire', slot: 4, severity: 'ticket' },
      { do: 'silence', matcher: 'rule="drifts"', inMinutes: 0, forMinutes: 20 },
      wait(7),
      { do: 'resolve', slot: 4 },
    ],
  ],
  [
    'a page that arrived, whose answers were lost until it was given up, is told ended',
    [
      { do: 'receiver', id: 'oncall', is: 'deaf' },
      { do: 'fire', slot: 1, severity: 'page' },
      wait(1),
      { do: 'silence', matcher: 'severity="page"', inMinutes: 0, forMinutes: 600 },
      wait(355),
      { do: 'resolve', slot: 1 },
    ],
  ],
  [
    'an end that is refused after a first notice whose answer was lost is told again, though its alert was over by then',
    [
      { do: 'receiver', id: 'tickets', is: 'deaf' },
      { do: 'fire', slot: 1, severity: 'ticket' },
      wait(1),
      { do: 'receiver', id: 'tickets', is: 'refusing' },
      { do: 'resolve', slot: 1 },
      wait(7),
    ],
  ],
  [
    'an end is told though the notice that said it was given up while repeats waited behind it',
    [
      reload(1),
      { do: 'fire', slot: 1, severity: 'ticket' },
      wait(1),
      { do: 'resolve', slot: 1 },
      { do: 'fire', slot: 1, severity: 'ticket' },
      { do: 'receiver', id: 'extra', is: 'down' },
      wait(400),
    ],
  ],
  [
    'an alert that a new route takes over is not repeated by the old one while the new one keeps quiet',
    [{ do: 'fire', slot: 0, severity: 'ticket' }, wait(1), reload(4)],
  ],
  [
    'a page goes on to be escalated when its route has another name',
    [{ do: 'fire', slot: 0, severity: 'page' }, wait(1), reload(1)],
  ],
  [
    'a page in a digest goes on to be escalated when its route has another name',
    [{ do: 'storm' }, wait(1), reload(1), wait(1)],
  ],
  [
    'a digest repeats nothing that no route brings to its receiver any more',
    [{ do: 'storm' }, wait(1), reload(2), wait(1)],
  ],
  [
    'a digest tells and repeats nothing that the calendar of its new route keeps quiet',
    [
      wait(400),
      { do: 'receiver', id: 'tickets', is: 'down' },
      { do: 'storm' },
      wait(1),
      wait(400),
      wait(1),
      reload(4),
      wait(1),
      wait(7),
    ],
  ],
];

describe('the contract holds when', () => {
  it.each(STORIES)('%s', async (_name, story) => {
    const [tree] = TREES;
    if (tree === undefined) throw new Error('no configuration');
    await expect(new World(new MemoryAppliance(tree)).play(story)).resolves.toBeUndefined();
  });
});
