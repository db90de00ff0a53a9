import { readdirSync } from 'node:fs';

const names = readdirSync(new URL('.', import.meta.url))
  .filter((file) => file.endsWith('.ts') && file !== 'main.ts')
  .map((file) => file.replace(/\.ts$/, ''));

const name = process.argv[2] ?? '';
if (names.includes(name)) {
  await import(`./${name}.ts`);
} else {
  console.error(`npm run bench NAME, where NAME is one of: ${names.join(', ')}`);
  process.exitCode = 2;
}
