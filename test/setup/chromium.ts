import { constants, createReadStream, createWriteStream, existsSync } from 'node:fs';
import { access, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { execFile } from 'node:child_process';
import { basename, dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { createBrotliDecompress } from 'node:zlib';
import type { TestProject } from 'vitest/node';

/** A headless Chromium for the browser tests, or why there is none. */
export type Chromium =
  | {
      readonly found: true;
      readonly executablePath: string;
      readonly args: readonly string[];
      readonly env: Readonly<Record<string, string>>;
    }
  | { readonly found: false; readonly why: string };

declare module 'vitest' {
  export interface ProvidedContext {
    chromium: Chromium;
  }
}

const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--no-first-run',
  '--lang=en-US',
];
const CACHE = resolve(import.meta.dirname, '../../.cache');

/** Vitest's global setup: runs once before all workers, so that nothing is unpacked twice. */
export default async function setup(project: TestProject): Promise<void> {
  const chromium = await findChromium();
  if (!chromium.found) process.stderr.write(`Browser tests are skipped: ${chromium.why}\n`);
  project.provide('chromium', chromium);
}

export interface Machine {
  readonly arch: string;
  readonly named: string | undefined;
  readonly debian: string;
}

const THIS_MACHINE: Machine = {
  arch: process.arch,
  named: process.env['LEEWAY_CHROMIUM'],
  debian: '/usr/bin/chromium',
};

/** LEEWAY_CHROMIUM, else Debian's, else the one of the npm package, which holds x64 only. Throws when the named one cannot run. */
export async function findChromium(machine: Machine = THIS_MACHINE): Promise<Chromium> {
  const { arch, named, debian } = machine;
  if (named !== undefined && named !== '') return runnable(named);
  if (existsSync(debian)) return runnable(debian);
  if (arch !== 'x64') {
    const why = `no Chromium for ${arch}; install one: apt-get install chromium (or name one in LEEWAY_CHROMIUM)`;
    return { found: false, why };
  }
  return unpacked();
}

async function runnable(path: string): Promise<Chromium> {
  try {
    await access(path, constants.X_OK);
  } catch (cause) {
    throw new Error(`${path} cannot be run; name a Chromium binary in LEEWAY_CHROMIUM`, { cause });
  }
  return { found: true, executablePath: path, args: ARGS, env: {} };
}

/**
 * Unpacks the package's binary, libraries and fonts into the checkout once. The package's own `executablePath()`
 * writes in place and takes a half-written file of a second process for a whole one; a rename is whole or absent.
 */
async function unpacked(): Promise<Chromium> {
  const bin = resolve(dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium')), '../../bin');
  const folder = join(CACHE, 'chromium-147.0.0');
  if (!existsSync(folder)) await unpackInto(bin, folder);
  const env = { LD_LIBRARY_PATH: join(folder, 'al2023/lib'), FONTCONFIG_PATH: join(folder, 'fonts') };
  return { found: true, executablePath: join(folder, 'chromium'), args: ARGS, env };
}

async function unpackInto(bin: string, folder: string): Promise<void> {
  await mkdir(CACHE, { recursive: true });
  const scratch = await mkdtemp(join(CACHE, 'unpacking-'));
  const binary = createWriteStream(join(scratch, 'chromium'), { mode: 0o755 });
  await Promise.all([
    pipeline(createReadStream(join(bin, 'chromium.br')), createBrotliDecompress(), binary),
    untar(join(bin, 'al2023.tar.br'), join(scratch, 'al2023')),
    untar(join(bin, 'fonts.tar.br'), join(scratch, 'fonts')),
    untar(join(bin, 'swiftshader.tar.br'), scratch),
  ]);
  await writeFile(join(scratch, 'fonts/fonts.conf'), fontConfig(folder));
  try {
    await rename(scratch, folder);
  } catch (error) {
    await rm(scratch, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
}

async function untar(archive: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const plain = join(folder, `${basename(archive)}.tar`);
  await pipeline(createReadStream(archive), createBrotliDecompress(), createWriteStream(plain));
  await promisify(execFile)('tar', ['-x', '-f', plain, '-C', folder]);
  await rm(plain);
}

/** The package's own file names folders that do not exist here; a machine may have no fonts at all. */
function fontConfig(folder: string): string {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${folder}/fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>${folder}/fonts-cache</cachedir>
  <alias><family>sans-serif</family><prefer><family>Open Sans</family></prefer></alias>
  <alias><family>monospace</family><prefer><family>DejaVu Sans Mono</family></prefer></alias>
  <alias><family>system-ui</family><prefer><family>Open Sans</family></prefer></alias>
</fontconfig>
`;
}
