import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bench, T0, type Bench } from '../../route/fixture.ts';

let b: Bench;
beforeEach(async () => {
  b = await bench();
  for (const tenant of ['acme', 'other', 'acme', null])
    await b.control.createKey({ tenant, scopes: ['read'], actor: 'ann', nowMs: T0 });
});
afterEach(() => b.end());

/** What somebody with the file and sqlite can do. */
function tamper(sql: string): void {
  const file = new DatabaseSync(join(b.folder, 'control.sqlite'));
  file.exec('DROP TRIGGER audit_keeps_rows; DROP TRIGGER audit_keeps_words');
  file.exec(sql);
  file.close();
}

describe('the audit', () => {
  it('is whole, also after a restart', async () => {
    await b.restart();
    await b.control.createKey({ tenant: 'acme', scopes: ['read'], actor: 'ann', nowMs: T0 });
    expect(await b.control.verifyAudit()).toEqual({ entries: 5, brokenAt: null });
  });

  it.each([
    ['a changed word', "UPDATE audit SET actor = 'eve' WHERE sequence = 2", 2],
    ['a changed tenant', "UPDATE audit SET tenant = 'acme' WHERE sequence = 2", 2],
    ['a row taken out', 'DELETE FROM audit WHERE sequence = 3', 3],
    ['a hash made up', "UPDATE audit SET hash = 'abc' WHERE sequence = 1", 1],
  ])('shows %s', async (_name, sql, brokenAt) => {
    tamper(sql);
    expect(await b.control.verifyAudit()).toMatchObject({ brokenAt });
  });

  it('refuses changes by itself', () => {
    const file = new DatabaseSync(join(b.folder, 'control.sqlite'));
    expect(() => file.exec("UPDATE audit SET actor = 'eve'")).toThrow('never changed');
    expect(() => file.exec('DELETE FROM audit')).toThrow('never deleted');
    file.close();
  });

  it('shows a tenant its own entries, newest first', async () => {
    expect((await b.control.audit('acme', 10)).map((entry) => entry.sequence)).toEqual([3, 1]);
    expect((await b.control.audit(null, 2)).map((entry) => entry.sequence)).toEqual([4, 3]);
  });
});
