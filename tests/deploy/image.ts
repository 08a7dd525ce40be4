/**
 * Carries out a Dockerfile without a container engine: every stage has a directory that stands for its root, COPY copies, and RUN
 * runs in it, with the absolute paths of the image replaced by those of the directory. The Node of the tests stands for that of
 * the base image.
 */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, matchesGlob } from 'node:path';
import { Copy, DockerfileParser, type Instruction } from 'dockerfile-ast';

const repository = join(import.meta.dirname, '../..');

export interface Image {
  /** Stands for the root of the file system of the image. */
  readonly root: string;
  readonly env: Readonly<Record<string, string>>;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly healthCommand: readonly string[];
  readonly user: string;
  /** A path of the image, or a text with such paths, on this machine. */
  place(text: string): string;
}

export const dockerfile: string = readFileSync(join(repository, 'Dockerfile'), 'utf8');

/** @returns the files below a source of COPY that .dockerignore lets through; its last pattern that matches counts */
function sent(source: string): string[] {
  const patterns = readFileSync(join(repository, '.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  const isSent = (path: string) => {
    const parents = path.split('/').map((_, index, parts) => parts.slice(0, index + 1).join('/'));
    const last = patterns.findLast((pattern) =>
      parents.some((parent) => matchesGlob(parent, pattern.replace(/^!/, ''))),
    );
    return last?.startsWith('!') ?? true;
  };
  const whole = join(repository, source);
  if (statSync(whole).isFile()) return isSent(source) ? [source] : [];
  return globSync('**', { cwd: whole, exclude: ['**/node_modules'] })
    .map((name) => join(source, name))
    .filter((path) => statSync(join(repository, path)).isFile() && isSent(path));
}

/** The strings of an instruction in JSON form, or of the part of HEALTHCHECK that is. */
const wordsOf = (text: string): string[] => JSON.parse(text.slice(text.indexOf('['))) as string[];

class Stage {
  readonly root: string;
  readonly #stages: ReadonlyMap<string, Stage>;
  readonly #programs: string;
  env: Record<string, string> = {};
  #workdir = '/';
  readonly seen = new Map<string, string>();

  constructor(root: string, stages: ReadonlyMap<string, Stage>, programs: string) {
    this.root = root;
    this.#stages = stages;
    this.#programs = programs;
    mkdirSync(join(root, 'usr/local/bin'), { recursive: true });
    mkdirSync(join(root, 'var/lib'), { recursive: true });
  }

  place(text: string): string {
    return text
      .replaceAll(/(?<![\w/.])\/(?:opt|var\/lib|usr\/local\/bin)\/\w+/g, (path) => join(this.root, path))
      .replaceAll(join(this.root, 'usr/local/bin/node'), process.execPath);
  }

  carryOut(keyword: string, text: string): void {
    if (keyword === 'WORKDIR') {
      this.#workdir = text;
      mkdirSync(this.#here('.'), { recursive: true });
    } else if (keyword === 'COPY') this.#copy(text.split(/\s+/));
    else if (keyword === 'RUN') this.#run(text);
    else if (keyword === 'ENV') {
      const pairs = text.replaceAll('\\\n', ' ').trim().split(/\s+/);
      for (const pair of pairs)
        this.env[pair.slice(0, pair.indexOf('='))] = pair.slice(pair.indexOf('=') + 1);
    } else this.seen.set(keyword, text);
  }

  #here(path: string): string {
    return join(this.root, this.#workdir, path);
  }

  #copy(words: readonly string[]): void {
    const from = words[0]?.startsWith('--from=') ? words[0].slice('--from='.length) : undefined;
    const sources = words.slice(from === undefined ? 0 : 1, -1);
    const target = words.at(-1) ?? '';
    for (const source of sources) {
      const into = target.endsWith('/') ? join(target, source.split('/').at(-1) ?? '') : target;
      if (from === undefined) this.#send(source, target.endsWith('/') && sources.length > 0 ? into : target);
      else {
        const other = this.#stages.get(from);
        if (!other) throw new Error(`there is no stage ${from}`);
        // No other stage copies the same, and this takes no time.
        mkdirSync(dirname(this.#here(into)), { recursive: true });
        renameSync(join(other.root, source), this.#here(into));
      }
    }
  }

  #send(source: string, target: string): void {
    const files = sent(source);
    if (files.length === 0) throw new Error(`.dockerignore leaves nothing of ${source}`);
    for (const file of files) {
      const to = this.#here(join(target, file.slice(source.length)));
      mkdirSync(dirname(to), { recursive: true });
      cpSync(join(repository, file), to);
    }
  }

  #run(text: string): void {
    const path = `${this.#programs}:${dirname(process.execPath)}:${process.env.PATH}`;
    const env = { ...process.env, ...this.env, PATH: path, NODE_NO_WARNINGS: '1' };
    execFileSync('sh', ['-ec', this.place(text)], {
      cwd: this.#here('.'),
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }
}

/** Packages that `npm ci` would install at the top: those of a node, and a few that are pruned. */
function packagesToCopy(): string[] {
  const lock = JSON.parse(readFileSync(join(repository, 'package-lock.json'), 'utf8')) as {
    packages: Readonly<Record<string, { dev?: boolean; link?: boolean }>>;
  };
  const names = Object.entries(lock.packages)
    .filter(([path, { dev, link }]) => /^node_modules\/(?!.*\/node_modules\/)/.test(path) && !dev && !link)
    .map(([path]) => path.slice('node_modules/'.length));
  return [...names, 'vite', '@biomejs/biome', 'react'].filter((name) =>
    existsSync(join(repository, 'node_modules', name)),
  );
}

/**
 * Two steps need a registry, or much time. In their place packages of this checkout are copied, and its built pages.
 * `IMAGE_STEPS=real` runs them.
 */
function writePrograms(dir: string): void {
  mkdirSync(dir);
  const real = execFileSync('sh', ['-c', 'command -v npm'], { encoding: 'utf8' }).trim();
  const list = join(dir, 'packages.txt');
  writeFileSync(list, packagesToCopy().join('\n'));
  const shortcuts = `
case "$1 $2" in
  'ci --ignore-scripts')
    mkdir node_modules
    # Links take no time, and are not possible everywhere.
    (cd '${repository}/node_modules' && xargs cp -al --parents -t "$OLDPWD/node_modules" < '${list}') 2>/dev/null ||
      tar -cf - -C '${repository}/node_modules' --exclude node/bin -T '${list}' | tar -xf - -C node_modules
    exit;;
  'run prepare')
    cp -r '${repository}/console/dist' console/dist
    exec cp -r '${repository}/site/dist' site/dist;;
esac`;
  const isReal = process.env.IMAGE_STEPS === 'real';
  writeFileSync(join(dir, 'npm'), `#!/bin/sh${isReal ? '' : shortcuts}\nexec '${real}' "$@"\n`);
  // Only root may give files away.
  const isRoot = process.getuid?.() === 0;
  const install = `#!/bin/sh\n[ "$2 $4" = '-o -g' ] && shift 5\nexec /usr/bin/install -d "$@"\n`;
  if (!isRoot) writeFileSync(join(dir, 'install'), install);
  for (const name of ['npm', ...(isRoot ? [] : ['install'])]) chmodSync(join(dir, name), 0o755);
}

/** @param dir an empty directory outside of every `node_modules` */
export function buildImage(dir: string): Image {
  const programs = join(dir, 'programs');
  writePrograms(programs);
  const stages = new Map<string, Stage>();
  let stage: Stage | undefined;
  for (const instruction of DockerfileParser.parse(dockerfile).getInstructions()) {
    const keyword = instruction.getKeyword();
    if (keyword === 'ARG' && !stage) continue;
    if (keyword === 'FROM') {
      const name = /\bAS (\w+)$/.exec(argumentsOf(instruction))?.[1] ?? 'last';
      stage = new Stage(join(dir, name), stages, programs);
      stages.set(name, stage);
    } else stage?.carryOut(keyword, argumentsOf(instruction));
  }
  if (!stage) throw new Error('there is no stage');
  const { root, env, seen } = stage;
  const of = (keyword: string) => seen.get(keyword) ?? '';
  const place = stage.place.bind(stage);
  return {
    root,
    env,
    place,
    user: of('USER'),
    entrypoint: wordsOf(of('ENTRYPOINT')),
    command: wordsOf(of('CMD')),
    healthCommand: wordsOf(of('HEALTHCHECK')),
  };
}

/** The parser takes flags apart from the arguments; only that of COPY matters here. */
function argumentsOf(instruction: Instruction): string {
  const from = instruction instanceof Copy ? instruction.getFromFlag()?.getValue() : undefined;
  const text = instruction.getRawArgumentsContent() ?? '';
  return from ? `--from=${from} ${text}` : text;
}
