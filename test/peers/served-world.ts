import { listen } from '../../server/listen.ts';
import { showApp } from '../../server/show/app.ts';
import { apiWorld, type ApiWorld } from '../contract/api-world.ts';
import { matchersOf, routeWith } from '../server/route/routes.ts';
import { optionsOf, settingsOf } from '../server/show/fixtures.ts';

/** The application over real stores in which alerts fire, on a port. */
export interface ServedWorld {
  readonly world: ApiWorld;
  readonly url: string;
  /** The address with a key as the password in it. */
  readonly urlWith: (key: string) => string;
  readonly close: () => Promise<void>;
}

const TIMES = { groupIntervalMs: 300_000, repeatIntervalMs: 3_600_000 };
const route = routeWith({
  ...TIMES,
  receivers: ['tickets'],
  routes: [
    // Both alerts of the world are of one incident, and so go where its pages go.
    routeWith({ ...TIMES, id: 'units', matchers: matchersOf('rule=~"unit.*"'), receivers: ['tickets'] }),
    routeWith({ ...TIMES, id: 'page', matchers: matchersOf('severity=page'), receivers: ['oncall', 'mail'] }),
  ],
});

export async function serveWorld(): Promise<ServedWorld> {
  const world = await apiWorld();
  const { control, telemetry, key } = world;
  // Clients take the times of silences from the machine's clock.
  const options = { control, telemetry, settings: settingsOf({ route }), clock: { now: Date.now } };
  const { url, close } = await listen(showApp(optionsOf(options)), { host: '127.0.0.1', port: 0 });
  return {
    world,
    url,
    urlWith: (name) => url.replace('://', `://leeway:${key(name)}@`),
    close: async () => {
      await close(0);
      await world.close();
    },
  };
}
