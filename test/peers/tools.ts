import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { snippetText } from './snippets.ts';

/** A foreign program that a suite needs, or why it is not here and the command that would bring it. */
export type Tool =
  { readonly found: true; readonly path: string } | { readonly found: false; readonly why: string };

interface Recipe {
  /** Its folder below .cache/peers; made anew when the steps change. */
  readonly name: string;
  /** Program and arguments, run one after the other in that folder; `{}` is the folder. */
  readonly steps: readonly (readonly [string, ...string[]])[];
  readonly path: string;
  readonly files?: Readonly<Record<string, string>>;
}

const CACHE = resolve(import.meta.dirname, '../../.cache/peers');
const LIMIT_MS = 800_000;
const run = promisify(execFile);

function venv(name: string, packages: readonly string[]): Recipe {
  return {
    name,
    steps: [
      ['python3', '-m', 'venv', '{}/venv'],
      ['{}/venv/bin/pip', 'install', '--quiet', '--disable-pip-version-check', ...packages],
    ],
    path: 'venv/bin/python',
  };
}

/** The OpenTelemetry SDK for Python with both exporters. */
export const python = () =>
  tool(
    venv('python', [
      'opentelemetry-sdk==1.45.2',
      'opentelemetry-exporter-otlp-proto-http==1.45.2',
      'opentelemetry-exporter-otlp-proto-grpc==1.45.2',
    ]),
  );

/** A set of its own: BentoML holds the SDK at an older version. */
export const bentoml = () =>
  tool(
    venv('bentoml', [
      'bentoml==1.4.36',
      'opentelemetry-sdk==1.44.0',
      'opentelemetry-exporter-otlp-proto-http==1.44.0',
      'opentelemetry-exporter-otlp-proto-grpc==1.44.0',
    ]),
  );

/** pandas with pyarrow below it. */
export const pandas = () => tool(venv('pandas', ['pyarrow==26.0.1', 'pandas==3.1.1']));

/** numpy and scipy, to compute statistics again. */
export const scipy = () => tool(venv('scipy', ['numpy==2.4.6', 'scipy==1.17.1']));

export const telemetrygen = () =>
  tool({
    name: 'telemetrygen',
    steps: [
      [
        'go',
        'install',
        'github.com/open-telemetry/opentelemetry-collector-contrib/cmd/telemetrygen@v0.149.0',
      ],
    ],
    path: 'telemetrygen',
  });

const COLLECTOR = 'v0.158.0';

/** An OpenTelemetry Collector with what a queue on disk needs, and nothing else. */
export const collector = () =>
  tool({
    name: 'collector',
    files: {
      'manifest.yaml': `
dist: { name: collector, description: A Collector with a queue on disk, output_path: ./built }
receivers: [{ gomod: go.opentelemetry.io/collector/receiver/otlpreceiver ${COLLECTOR} }]
exporters:
  - { gomod: go.opentelemetry.io/collector/exporter/otlphttpexporter ${COLLECTOR} }
  - { gomod: go.opentelemetry.io/collector/exporter/otlpexporter ${COLLECTOR} }
extensions:
  - { gomod: github.com/open-telemetry/opentelemetry-collector-contrib/extension/storage/filestorage ${COLLECTOR} }
`,
    },
    steps: [
      ['go', 'run', `go.opentelemetry.io/collector/cmd/builder@${COLLECTOR}`, '--config', 'manifest.yaml'],
    ],
    path: 'built/collector',
  });

/** The modules that the Go snippet needs, built once: `go run` finds them then. */
export const goModules = () =>
  tool({
    name: 'snippet-go',
    files: {
      'go.mod': snippetText('go/go.mod'),
      'go.sum': snippetText('go/go.sum'),
      'main.go': snippetText('go/main.go'),
    },
    steps: [['go', 'build', '-o', 'snippet', '.']],
    path: 'snippet',
  });

/** Debian's Prometheus, unpacked: promtool judges its rule files. */
export const promtool = () =>
  tool({
    name: 'prometheus',
    steps: [['sh', '-c', 'apt-get download prometheus && dpkg-deb -x prometheus_*.deb .']],
    path: 'usr/bin/promtool',
  });

/** A file with the class path of what the Java snippet needs. */
export const classPath = () =>
  tool({
    name: 'snippet-java',
    files: { 'pom.xml': snippetText('java/pom.xml') },
    steps: [
      [
        'mvn',
        '-B',
        '-q',
        'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath',
        '-Dmdep.outputFile=classpath',
      ],
    ],
    path: 'classpath',
  });

/** Karma's way to read an Alertmanager: the client that Alertmanager's own API description gives, and a scrape. */
export const karmaReader = () =>
  tool({
    name: 'karma-reader',
    files: Object.fromEntries(
      ['main.go', 'go.mod', 'go.sum'].map((name) => [
        name,
        readFileSync(join(import.meta.dirname, 'clients/karma', name), 'utf8'),
      ]),
    ),
    steps: [['go', 'build', '-o', 'reader', '.']],
    path: 'reader',
  });

/** Debian's Alertmanager, unpacked and not installed; beside it `amtool`, and `share` with its templates. */
export const alertmanager = () =>
  tool({
    name: 'alertmanager',
    steps: [
      ['apt-get', 'download', 'prometheus-alertmanager'],
      ['sh', '-c', 'dpkg-deb -x prometheus-alertmanager_*.deb .'],
    ],
    path: 'usr/bin/prometheus-alertmanager',
  });

/** The tool from the cache, else made there once. */
async function tool(recipe: Recipe): Promise<Tool> {
  const folder = join(CACHE, recipe.name);
  const path = join(folder, recipe.path);
  const mark = join(folder, 'made.json');
  const wanted = JSON.stringify(recipe);
  if (existsSync(path) && (await readFile(mark, 'utf8').catch(() => '')) === wanted)
    return { found: true, path };
  try {
    await make(recipe, folder);
  } catch (error) {
    const why = missing(recipe, error);
    process.stderr.write(`Skipped: ${why}\n`);
    return { found: false, why };
  }
  await writeFile(mark, wanted);
  return { found: true, path };
}

async function make(recipe: Recipe, folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(recipe.files ?? {})) await writeFile(join(folder, name), text);
  for (const step of recipe.steps) {
    const [program = '', ...args] = step.map((word) => word.replace('{}', folder));
    await run(program, args, {
      cwd: folder,
      env: { ...process.env, GOBIN: folder },
      timeout: LIMIT_MS,
      maxBuffer: 64_000_000,
    });
  }
}

function missing({ name, steps }: Recipe, error: unknown): string {
  const { stderr = '', message } = error as Error & { readonly stderr?: string };
  const said =
    stderr
      .trim()
      .split('\n')
      .findLast((line) => line !== '') ?? message;
  const command = steps
    .map((step) => step.join(' '))
    .join(' && ')
    .replaceAll('{}', '.');
  return `${name} could not be made here (${said}); it is made by: ${command}`;
}
