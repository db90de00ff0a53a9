import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseConfig } from '../../server/config.ts';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

const dockerfile = read('Dockerfile');
const COPIED = [...dockerfile.matchAll(/^COPY (?!--from)(?<words>.+)$/gm)].flatMap((match) =>
  match.groups!['words']!.split(' ').slice(0, -1),
);

interface Service {
  readonly ports: readonly string[];
  readonly volumes: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}
const compose = parse(read('compose.yaml')) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, null>>;
};

describe('the image', () => {
  it.each(COPIED)('copies %s, which is there and let in by .dockerignore', (file) => {
    expect(existsSync(join(ROOT, file))).toBe(true);
    expect(read('.dockerignore').split('\n')).toContain(`!${file.split('/')[0]}`);
  });

  it('does not run as root, keeps data in a volume and is checked', () => {
    for (const line of [/^USER node$/m, /^VOLUME \/data$/m, /^HEALTHCHECK /m, /^EXPOSE 8080 4318 4317$/m])
      expect(dockerfile).toMatch(line);
  });

  it('has neither development dependencies nor a second Node', () => {
    expect(dockerfile).toContain('npm install --omit=dev && rm -rf node_modules/node-linux-*');
  });

  it('starts with a configuration that is valid and answers on the exposed ports', () => {
    const file = 'dashboards/provisioning/leeway.yaml';
    const settings = parseConfig(read(file), { file: '/etc/leeway/leeway.yaml', environment: {} });
    expect(settings.dataFolder).toBe('/data');
    expect(settings.listen).toEqual({
      host: '0.0.0.0',
      port: 8080,
      otlpPort: 4318,
      grpcPort: 4317,
      openMetrics: true,
    });
  });

  it('has a launcher that can be executed', () => {
    expect(statSync(join(ROOT, 'leeway')).mode & 0o111).toBe(0o111);
  });
});

describe('compose.yaml', () => {
  const services = Object.entries(compose.services);

  it.each(services)('mounts into %s only what is there', (_name, { volumes }) => {
    for (const volume of volumes) {
      const source = volume.split(':')[0]!;
      if (source.startsWith('./')) expect(existsSync(join(ROOT, source)), source).toBe(true);
      else expect(Object.keys(compose.volumes)).toContain(source);
    }
  });

  it.each(services)('publishes %s on this machine only', (_name, { ports }) => {
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  it('lets Prometheus scrape Leeway, and Grafana read Prometheus and find the dashboard', () => {
    const folder = 'dashboards/provisioning';
    const scrape = parse(read(`${folder}/prometheus.yml`));
    const sources = parse(read(`${folder}/grafana/datasources/prometheus.yaml`));
    const providers = parse(read(`${folder}/grafana/dashboards/leeway.yaml`));
    expect(scrape.scrape_configs[0].static_configs[0].targets).toEqual(['leeway:8080']);
    expect(sources.datasources[0].url).toBe('http://prometheus:9090');
    const path = providers.providers[0].options.path as string;
    const grafana = compose.services['grafana']!;
    expect(grafana.volumes).toContain(`./dashboards:${path}:ro`);
    const home = grafana.environment!['GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH']!;
    expect(existsSync(join(ROOT, home.replace(path, 'dashboards')))).toBe(true);
  });
});
