import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Principal, Scope } from '../../model.ts';
import type { Control, KeyEntry } from '../../ports.ts';
import { appendAudit } from './audit.ts';
import type { Database, Row } from './database.ts';

/** A signed-in browser stays signed in for a working day. */
const SESSION_MS = 12 * 3_600_000;

const KEY_SHAPE = /^lw_([0-9a-f]{8})_[\w-]{20,}$/;

type Access = Pick<
  Control,
  | 'createKey'
  | 'keys'
  | 'revokeKey'
  | 'principalOfKey'
  | 'createSignInToken'
  | 'redeemSignInToken'
  | 'createSession'
  | 'principalOfSession'
  | 'endSession'
>;

/** Keys, sign-in tokens and sessions. What opens a door is random and stored as a hash only. */
export function accessMethods(database: Database): Access {
  return {
    createKey: async (input) => database.transaction(() => createKey(database, input)),
    keys: async (tenant) => listKeys(database, tenant),
    revokeKey: async (input) => database.transaction(() => revokeKey(database, input)),
    principalOfKey: async (key) => principalOfKey(database, key),
    createSignInToken: async (input) => database.transaction(() => issue(database, 'sign_in_tokens', input)),
    redeemSignInToken: async (token, nowMs) => database.transaction(() => redeem(database, token, nowMs)),
    createSession: async (input) => database.transaction(() => issue(database, 'sessions', input)),
    principalOfSession: async (session, nowMs) => {
      const row = database.get(
        'SELECT principal FROM sessions WHERE hash = ? AND expires_at_ms > ?',
        hashOf(session),
        nowMs,
      );
      return row === undefined ? null : (JSON.parse(String(row['principal'])) as Principal);
    },
    endSession: async (session) =>
      database.transaction(() => {
        database.run('DELETE FROM sessions WHERE hash = ?', hashOf(session));
      }),
  };
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

function createKey(
  database: Database,
  input: Parameters<Control['createKey']>[0],
): { readonly id: string; readonly key: string } {
  const prefix = randomBytes(4).toString('hex');
  const key = `lw_${prefix}_${randomBytes(24).toString('base64url')}`;
  const id = `key_${prefix}`;
  database.run(
    'INSERT INTO keys (id, prefix, hash, tenant, scopes, created_at_ms) VALUES (?, ?, ?, ?, ?, ?)',
    id,
    prefix,
    hashOf(key),
    input.tenant,
    JSON.stringify(input.scopes),
    input.nowMs,
  );
  appendAudit(database, {
    atMs: input.nowMs,
    actor: input.actor,
    kind: 'key_created',
    tenant: input.tenant,
    subject: id,
    text: `Key lw_${prefix} made for ${input.tenant ?? 'every tenant'} with ${input.scopes.join(', ')}.`,
  });
  return { id, key };
}

function listKeys(database: Database, tenant: string | null): readonly KeyEntry[] {
  return database
    .all('SELECT * FROM keys WHERE ? IS NULL OR tenant = ? ORDER BY created_at_ms DESC, id', tenant, tenant)
    .map((row) => ({
      id: String(row['id']),
      prefix: `lw_${String(row['prefix'])}`,
      tenant: tenantOf(row),
      scopes: scopesOf(row),
      createdAtMs: Number(row['created_at_ms']),
      revokedAtMs: row['revoked_at_ms'] === null ? null : Number(row['revoked_at_ms']),
    }));
}

function tenantOf(row: Row): string | null {
  return row['tenant'] === null ? null : String(row['tenant']);
}

function scopesOf(row: Row): readonly Scope[] {
  return JSON.parse(String(row['scopes'])) as readonly Scope[];
}

/** Ends the key and every session that was opened with it. */
function revokeKey(database: Database, input: Parameters<Control['revokeKey']>[0]): boolean {
  const row = database.get(
    `UPDATE keys SET revoked_at_ms = ? WHERE id = ? AND revoked_at_ms IS NULL AND (? IS NULL OR tenant = ?)
     RETURNING prefix, tenant`,
    input.nowMs,
    input.id,
    input.tenant,
    input.tenant,
  );
  if (row === undefined) return false;
  const prefix = String(row['prefix']);
  database.run('DELETE FROM sessions WHERE name = ?', nameOf(prefix));
  appendAudit(database, {
    atMs: input.nowMs,
    actor: input.actor,
    kind: 'key_revoked',
    tenant: tenantOf(row),
    subject: input.id,
    text: `Key lw_${prefix} revoked.`,
  });
  return true;
}

function nameOf(prefix: string): string {
  return `key lw_${prefix}`;
}

function principalOfKey(database: Database, key: string): Principal | null {
  const prefix = KEY_SHAPE.exec(key)?.[1];
  if (prefix === undefined) return null;
  const row = database.get('SELECT * FROM keys WHERE prefix = ? AND revoked_at_ms IS NULL', prefix);
  if (row === undefined) return null;
  const equal = timingSafeEqual(Buffer.from(hashOf(key)), Buffer.from(String(row['hash'])));
  return equal ? { name: nameOf(prefix), tenant: tenantOf(row), scopes: scopesOf(row) } : null;
}

interface Issue {
  readonly principal: Principal;
  readonly nowMs: number;
  readonly ttlMs: number;
}

function issue(database: Database, table: 'sign_in_tokens' | 'sessions', input: Issue): string {
  const secret = randomBytes(24).toString('base64url');
  database.run(`DELETE FROM ${table} WHERE expires_at_ms <= ?`, input.nowMs);
  database.run(
    `INSERT INTO ${table} (hash, principal, expires_at_ms) VALUES (?, ?, ?)`,
    hashOf(secret),
    JSON.stringify(input.principal),
    input.nowMs + input.ttlMs,
  );
  return secret;
}

/** A token opens one session, once. */
function redeem(database: Database, token: string, nowMs: number): string | null {
  const row = database.get(
    'DELETE FROM sign_in_tokens WHERE hash = ? RETURNING principal, expires_at_ms',
    hashOf(token),
  );
  if (row === undefined || Number(row['expires_at_ms']) <= nowMs) return null;
  const principal = JSON.parse(String(row['principal'])) as Principal;
  return issue(database, 'sessions', { principal, nowMs, ttlMs: SESSION_MS });
}
