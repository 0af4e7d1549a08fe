import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStaging } from '../../src/report/staging.ts';

const owner = { id: 4242, isAlive: (id: number) => id === 7 };
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'meshtrial-staging-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('staging', () => {
  it('shows nothing until it publishes, then everything, over what was there', () => {
    const target = join(root, 'deep', 'name');
    mkdirSync(target, { recursive: true });
    writeFileSync(join(target, 'a.csv'), 'old');
    const staging = openStaging(target, owner);
    writeFileSync(staging.path('a.csv'), 'new');
    writeFileSync(staging.path('b.csv'), 'new');
    expect(readFileSync(join(target, 'a.csv'), 'utf8')).toBe('old');
    expect(existsSync(join(target, 'b.csv'))).toBe(false);
    staging.publish(['a.csv', 'b.csv']);
    expect(readdirSync(target).toSorted()).toEqual(['a.csv', 'b.csv']);
    expect(readFileSync(join(target, 'a.csv'), 'utf8')).toBe('new');
  });

  it('publishes all or nothing: a failure midway puts everything back', () => {
    writeFileSync(join(root, 'a.csv'), 'old');
    const staging = openStaging(root, owner);
    writeFileSync(staging.path('a.csv'), 'new');
    expect(() => staging.publish(['a.csv', 'never-written.csv'])).toThrow('ENOENT');
    expect(readFileSync(join(root, 'a.csv'), 'utf8')).toBe('old');
    staging.discard();
    expect(readdirSync(root)).toEqual(['a.csv']);
  });

  it('does not replace a folder by a file', () => {
    mkdirSync(join(root, 'b.csv'));
    const staging = openStaging(root, owner);
    writeFileSync(staging.path('b.csv'), 'new');
    expect(() => staging.publish(['b.csv'])).toThrow(/cannot write .*b\.csv/);
  });

  it('removes the folders it made, and only those', () => {
    const made = join(root, 'x', 'y');
    openStaging(made, owner).discard();
    expect(readdirSync(root)).toEqual([]);
    mkdirSync(join(root, 'x'));
    openStaging(made, owner).discard();
    expect(readdirSync(root)).toEqual(['x']);
  });

  it('clears what killed runs left, not what a living one is writing', () => {
    for (const id of [5, 7, owner.id]) mkdirSync(join(root, `.unfinished-${id}`));
    writeFileSync(join(root, '.unfinished-5', 'runs.csv'), 'half');
    openStaging(root, owner);
    expect(readdirSync(root).toSorted()).toEqual(['.unfinished-4242', '.unfinished-7']);
  });
});
