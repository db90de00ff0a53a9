import { expect, it } from 'vitest';
import { findChromium } from '../setup/chromium.ts';

const NOWHERE = '/nowhere/chromium';

it('a browser named in LEEWAY_CHROMIUM is taken before all others', async () => {
  const found = await findChromium({ arch: 'arm64', named: process.execPath, debian: NOWHERE });
  expect(found).toMatchObject({ found: true, executablePath: process.execPath });
});

it('a named browser that is not there is told by its path, not replaced in silence', async () => {
  const finding = findChromium({ arch: 'x64', named: NOWHERE, debian: process.execPath });
  await expect(finding).rejects.toThrow(
    '/nowhere/chromium cannot be run; name a Chromium binary in LEEWAY_CHROMIUM',
  );
});

it("Debian's browser is taken before the one of the npm package", async () => {
  const found = await findChromium({ arch: 'x64', named: '', debian: process.execPath });
  expect(found).toMatchObject({ found: true, executablePath: process.execPath, env: {} });
});

it('where the npm package has none, the reason holds the command that installs one', async () => {
  const found = await findChromium({ arch: 'arm64', named: undefined, debian: NOWHERE });
  expect(found).toEqual({
    found: false,
    why: 'no Chromium for arm64; install one: apt-get install chromium (or name one in LEEWAY_CHROMIUM)',
  });
});

it('no browser is started in one process or without web security', async () => {
  const found = await findChromium();
  const args = found.found ? found.args : [];
  expect(args.filter((arg) => /single-process|disable-web-security/.test(arg))).toEqual([]);
});
