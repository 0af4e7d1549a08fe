import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where a child lives that is not to leave a trace: folders of its own for whatever a program might write to. */
export interface Sandbox {
  readonly root: string;
  /** Those in which nothing may be found: where it stands, its home, what it is told is for temporary files. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** For the folders of documents, one at a time. */
  readonly documents: string;
}

export function createSandbox(): Sandbox {
  const sandbox = sandboxAt(realpathSync(mkdtempSync(join(tmpdir(), 'meshtrial-fuzz-'))));
  for (const folder of [sandbox.cwd, sandbox.env.HOME, sandbox.env.TMPDIR, sandbox.documents]) mkdirSync(folder);
  return sandbox;
}

export function sandboxAt(root: string): Sandbox {
  const [home, temporary] = [join(root, 'home'), join(root, 'tmp')];
  const env = { HOME: home, USERPROFILE: home, TMPDIR: temporary, TEMP: temporary, TMP: temporary };
  return { root, cwd: join(root, 'cwd'), env, documents: join(root, 'documents') };
}

export function removeSandbox({ root }: Sandbox): void {
  rmSync(root, { recursive: true, force: true });
}

/** What Node is told so that it refuses to write anywhere else; whatever tries gets an error (nodejs.org, Permissions). */
export function confinement({ root }: Sandbox): string[] {
  const permission = process.allowedNodeEnvironmentFlags.has('--permission')
    ? '--permission'
    : '--experimental-permission';
  const allowed = ['--allow-fs-read=*', `--allow-fs-write=${root}/*`, '--allow-child-process', '--allow-worker'];
  return [permission, ...allowed, '--no-warnings'];
}

/** Throws where something lies in the sandbox that is not in the folder of the document, which has that name; takes it away. */
export function assertNoStrays({ root, cwd, env, documents }: Sandbox, document: string): void {
  const own = [cwd, env.HOME, env.TMPDIR, documents, join(documents, document)];
  const strays = [root, cwd, env.HOME, env.TMPDIR, documents]
    .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
    .filter((path) => !own.includes(path));
  for (const stray of strays) rmSync(stray, { recursive: true });
  if (strays.length > 0) throw new Error(`found ${strays.join(', ')} outside of the folder for results`);
}
