import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bench, HOUR, T0, type Bench } from '../../route/fixture.ts';

let b: Bench;
beforeEach(async () => {
  b = await bench();
});
afterEach(() => b.end());

const create = (tenant: string | null = 'acme') =>
  b.control.createKey({ tenant, scopes: ['ingest', 'read'], actor: 'ann', nowMs: T0 });

describe('keys', () => {
  it('open as whom they were made for', async () => {
    const { key } = await create();
    expect(key).toMatch(/^lw_[0-9a-f]{8}_[\w-]{32}$/);
    expect(await b.control.principalOfKey(key)).toEqual({
      name: `key ${key.slice(0, 11)}`,
      tenant: 'acme',
      scopes: ['ingest', 'read'],
    });
  });

  it('are nowhere in the file', async () => {
    const { key } = await create();
    const session = await b.control.createSession({
      principal: { name: 'ann', tenant: null, scopes: ['read'] },
      nowMs: T0,
      ttlMs: HOUR,
    });
    await b.restart();
    const bytes = readFileSync(join(b.folder, 'control.sqlite')).toString('latin1');
    expect(bytes).toContain(key.slice(3, 11));
    expect(bytes).not.toContain(key.slice(12));
    expect(bytes).not.toContain(session);
  });

  it.each([
    ['another secret', (key: string) => `${key.slice(0, -4)}AAAA`],
    ['another prefix', (key: string) => `lw_00000000_${key.slice(12)}`],
    ['no secret', (key: string) => key.slice(0, 12)],
    ['nothing', () => ''],
  ])('with %s open nothing', async (_name, change) => {
    const { key } = await create();
    expect(await b.control.principalOfKey(change(key))).toBeNull();
  });

  it('are revoked once, by their own tenant or everyone, with their sessions', async () => {
    const { id, key } = await create();
    const principal = (await b.control.principalOfKey(key))!;
    const session = await b.control.createSession({ principal, nowMs: T0, ttlMs: HOUR });
    const revoke = (tenant: string | null) => b.control.revokeKey({ id, tenant, actor: 'ann', nowMs: T0 });
    expect(await revoke('other')).toBe(false);
    expect(await b.control.principalOfSession(session, T0)).toEqual(principal);
    expect(await revoke('acme')).toBe(true);
    expect(await revoke('acme')).toBe(false);
    expect(await b.control.principalOfKey(key)).toBeNull();
    expect(await b.control.principalOfSession(session, T0)).toBeNull();
  });

  it('are listed to their own tenant only', async () => {
    await create('acme');
    await create('other');
    await create(null);
    expect((await b.control.keys('acme')).map((key) => key.tenant)).toEqual(['acme']);
    expect(await b.control.keys(null)).toHaveLength(3);
  });
});

describe('signing in', () => {
  const principal = { name: 'ann', tenant: 'acme', scopes: ['read', 'operate'] } as const;

  it('takes a link once', async () => {
    const token = await b.control.createSignInToken({ principal, nowMs: T0, ttlMs: HOUR });
    const session = await b.control.redeemSignInToken(token, T0 + 1);
    expect(await b.control.principalOfSession(session!, T0 + 2)).toEqual(principal);
    expect(await b.control.redeemSignInToken(token, T0 + 3)).toBeNull();
    expect(await b.control.redeemSignInToken('guess', T0)).toBeNull();
  });

  it('takes no link that is too old, not even later', async () => {
    const token = await b.control.createSignInToken({ principal, nowMs: T0, ttlMs: HOUR });
    expect(await b.control.redeemSignInToken(token, T0 + HOUR)).toBeNull();
    expect(await b.control.redeemSignInToken(token, T0)).toBeNull();
  });

  it('ends with the session, by time or by hand', async () => {
    const session = await b.control.createSession({ principal, nowMs: T0, ttlMs: HOUR });
    expect(await b.control.principalOfSession(session, T0 + HOUR - 1)).toEqual(principal);
    expect(await b.control.principalOfSession(session, T0 + HOUR)).toBeNull();
    await b.control.endSession(session);
    expect(await b.control.principalOfSession(session, T0)).toBeNull();
  });
});
