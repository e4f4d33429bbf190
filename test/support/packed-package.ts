import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const dist = process.env.TEST_DIST ?? join(root, 'dist');

export interface PackageManifest {
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, unknown>>;
  readonly typesVersions: unknown;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta: Readonly<Record<string, { readonly optional?: boolean }>>;
}

/** A project that has nothing but the packed file, what that asks for, and what is added by name. No network is needed. */
export class ProjectWithPackage {
  private constructor(
    private readonly temporary: string,
    readonly folder: string,
    readonly manifest: PackageManifest,
    /** Paths in the packed file, sorted. */
    readonly files: readonly string[],
    readonly packedBytes: number,
  ) {}

  static async create(added: readonly string[]): Promise<ProjectWithPackage> {
    const temporary = await mkdtemp(join(tmpdir(), 'gatehouse-package-'));
    const folder = join(temporary, 'project');
    const installed = join(folder, 'node_modules/nestjs-gatehouse');
    await mkdir(installed, { recursive: true });
    const packed = await pack(temporary);
    await run('tar', ['-xzf', packed, '-C', installed, '--strip-components=1']);
    const manifest = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as PackageManifest;
    const all = await readdir(installed, { recursive: true, withFileTypes: true });
    const files = all
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(installed.length + 1));
    const present = new Set([...requiredOf(manifest), ...added]);
    for (const name of present) await link(folder, name);
    const absent = Object.keys(manifest.peerDependencies).filter((name) => !present.has(name));
    for (const name of absent) await keepOut(folder, name);
    await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
    return new ProjectWithPackage(temporary, folder, manifest, files.sort(), (await stat(packed)).size);
  }

  read(path: string): Promise<string> {
    return readFile(join(this.folder, 'node_modules/nestjs-gatehouse', path), 'utf8');
  }

  async write(path: string, text: string): Promise<void> {
    await mkdir(dirname(join(this.folder, path)), { recursive: true });
    await writeFile(join(this.folder, path), text);
  }

  /** Compiles the project's TypeScript in place; rejects with what the compiler says. */
  async compile(options: object = {}): Promise<void> {
    const compilerOptions = {
      target: 'ES2022',
      lib: ['ES2023'],
      module: 'NodeNext',
      types: ['node'],
      strict: true,
      // Every declaration is checked but for those of the language.
      skipDefaultLibCheck: true,
      experimentalDecorators: true,
      emitDecoratorMetadata: true,
      ...options,
    };
    await this.write('tsconfig.json', JSON.stringify({ compilerOptions, exclude: ['node_modules'] }));
    await this.run(join(root, 'node_modules/typescript/bin/tsc'));
  }

  /** Runs Node in the project, with a clean environment; rejects when it fails, with what it wrote. */
  run(...parameters: readonly string[]): Promise<string> {
    return this.runIn('.', ...parameters);
  }

  /** The same in a folder of the project. */
  async runIn(folder: string, ...parameters: readonly string[]): Promise<string> {
    const options = { cwd: join(this.folder, folder), env: { PATH: process.env.PATH } };
    try {
      return (await run(process.execPath, [...parameters], options)).stdout;
    } catch (error) {
      const { stdout, stderr } = error as { stdout: string; stderr: string };
      throw new Error(`${stdout}\n${stderr}`, { cause: error });
    }
  }

  async remove(): Promise<void> {
    await rm(this.temporary, { recursive: true });
  }
}

/** What a package manager installs beside the package, asked or not. */
export function requiredOf({
  dependencies,
  peerDependencies,
  peerDependenciesMeta,
}: PackageManifest): string[] {
  const peers = Object.keys(peerDependencies).filter((name) => peerDependenciesMeta[name]?.optional !== true);
  return [...Object.keys(dependencies), ...peers].sort();
}

/** Of a copy, so that the build under test is packed, wherever it is. Resolves with the path of the packed file. */
async function pack(temporary: string): Promise<string> {
  const source = join(temporary, 'source');
  await mkdir(source);
  for (const name of ['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md'])
    await cp(join(root, name), join(source, name));
  const filter = (path: string) => path !== join(dist, 'bundle');
  await cp(dist, join(source, 'dist'), { recursive: true, filter });
  const options = { cwd: source, maxBuffer: 64 * 1024 * 1024 };
  const { stdout } = await run('npm', ['pack', '--ignore-scripts', '--json', '--offline'], options);
  const [packed] = JSON.parse(stdout) as { filename: string }[];
  return join(source, packed?.filename ?? '');
}

/** Each by itself: what the package does not ask for is not there. Its own dependencies are found where it really is. */
async function link(folder: string, name: string): Promise<void> {
  const place = join(folder, 'node_modules', name);
  await mkdir(dirname(place), { recursive: true });
  await symlink(join(root, 'node_modules', name), place, 'junction');
}

/** A folder above may have one by chance: one that cannot be loaded is found before that. */
async function keepOut(folder: string, name: string): Promise<void> {
  const place = join(folder, 'node_modules', name);
  await mkdir(place, { recursive: true });
  await writeFile(join(place, 'package.json'), JSON.stringify({ name, exports: {} }));
}
