import { existsSync, readFileSync } from 'node:fs';
import { readListen } from '../config.ts';
import { FatalError } from '../errors.ts';
import { configFile } from './settings.ts';

/** Listening on these is listening on every address of the machine; asked is the machine itself. */
const ANY: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

/**
 * Where a running appliance answers: `--url`, else where the configuration lets it listen. Throws FatalError with exit code 2
 * when that says no port.
 */
export function addressOf(values: Readonly<Record<string, string | undefined>>): string {
  const { url, config } = values;
  if (url !== undefined) return url.replace(/\/+$/, '');
  const file = configFile(config);
  if (file !== null && !existsSync(file)) throw refused(`${file}: no such file; name another with --config`);
  const { host, port } = readListen(file === null ? '' : readFileSync(file, 'utf8'), file ?? '');
  if (port === 0)
    throw refused(
      `${file}: listen.port is 0, any that is free; name the address of the appliance with --url http://HOST:PORT`,
    );
  const asked = ANY[host] ?? host;
  return `http://${asked.includes(':') ? `[${asked}]` : asked}:${port}`;
}

function refused(message: string): FatalError {
  return new FatalError(message, { exitCode: 2 });
}
