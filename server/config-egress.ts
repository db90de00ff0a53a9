import { isIP } from 'node:net';
import { z } from 'zod';
import { name, secret, type SecretReference } from './config-common.ts';
import type { EgressSettings } from './settings.ts';

/** What may be called, as the configuration file says it. */

const ENTRY =
  /^(http:\/\/)?(\*|(\*\.)?[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?|\[[0-9A-Fa-f:.]+\])(:(\d{1,5}|\*))?$/;

const host = z
  .string()
  .regex(
    ENTRY,
    'expected host, host:port, host:* or *.example.com, with http:// in front where TLS is not needed',
  );

const network = z.string().refine(isNetwork, 'expected a network such as 10.0.0.0/8 or fd00::/8');

function isNetwork(text: string): boolean {
  const [address = '', bits = '', ...rest] = text.split('/');
  const family = isIP(address);
  return (
    family !== 0 && rest.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128)
  );
}

/** HTTPS, HTTP where an entry allows it, and mail. */
const PORTS = [80, 443, 25, 465, 587];

export const egressSchema = z
  .strictObject({
    allow: z.array(host).default([]),
    tenants: z.record(name, z.array(host)).default({}),
    open: z.array(network).default([]),
    ports: z.array(z.int().min(1).max(65535)).default(PORTS),
    proxy: secret.optional(),
  })
  .prefault({});

/** `secretOf` resolves the proxy's address, which may hold a password. */
export function toEgress(
  { proxy, ...egress }: z.output<typeof egressSchema>,
  secretOf: (reference: SecretReference) => string,
): EgressSettings {
  return { ...egress, proxy: proxy === undefined ? null : secretOf(proxy) };
}
