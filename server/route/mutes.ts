import type { RouteSettings } from '../settings.ts';
import { isInside } from './calendars.ts';
import type { RouteContext } from './types.ts';

/** Whether the calendars of the route keep it quiet now. */
export function isRouteMuted(
  route: RouteSettings | undefined,
  { settings, nowMs }: Pick<RouteContext, 'settings' | 'nowMs'>,
): boolean {
  if (route === undefined) return false;
  const inside = (id: string) => {
    const calendar = settings.calendars.find((each) => each.id === id);
    return calendar !== undefined && isInside(calendar, nowMs);
  };
  return route.muted.some(inside) || (route.active.length > 0 && !route.active.some(inside));
}
