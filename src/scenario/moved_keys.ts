import type { WrittenEntry, WrittenMap } from './written.ts';

/**
 * How a node restarts what failed its liveness probe was once said of a registry of kind kubernetes, and is now said of
 * the health check, whose probes ask for it. Scenarios that say it there still mean it.
 */
export const movedKeys = ['terminationGracePeriod', 'maxContainerRestartPeriod', 'containerStart'];

/** The document with keys where they belong now: those of the registry under the health check, where that has none. */
export function withMovedKeys(document: WrittenMap): WrittenMap {
  const registry = blockAt(document, 'registry');
  const matrix = blockAt(document, 'matrix');
  const healthCheck = blockAt(document, 'healthCheck');
  if (registry === null || !isOfKubernetes(registry)) return document;
  const entries = new Map(document.entries);
  if (matrix !== null) put(entries, 'matrix', withMovedPaths(matrix));
  const kept = new Map([...registry.entries].filter(([key]) => !movedKeys.includes(key)));
  put(entries, 'registry', { ...registry, entries: kept });
  // Without such a probe they did nothing.
  if (healthCheck?.entries.has('liveness') || healthCheck?.entries.has('startup')) {
    const come = [...registry.entries].filter(([key]) => movedKeys.includes(key));
    put(entries, 'healthCheck', { ...healthCheck, entries: new Map([...come, ...healthCheck.entries]) });
  }
  return { ...document, entries };
}

/** Where what this path once led to belongs now, in a document of before or after the move. */
export function movedPath(path: string, document: WrittenMap): string {
  const registry = blockAt(document, 'registry');
  return registry !== null && isOfKubernetes(registry) ? pathNow(path) : path;
}

function pathNow(path: string): string {
  const key = movedKeys.find((one) => path === `registry.${one}`);
  return key === undefined ? path : `healthCheck.${key}`;
}

function withMovedPaths(matrix: WrittenMap): WrittenMap {
  return { ...matrix, entries: new Map([...matrix.entries].map(([path, entry]) => [pathNow(path), entry])) };
}

function isOfKubernetes(registry: WrittenMap): boolean {
  const kind = registry.entries.get('kind')?.value;
  return kind?.kind === 'scalar' && kind.text === 'kubernetes';
}

function blockAt(document: WrittenMap, key: string): WrittenMap | null {
  const value = document.entries.get(key)?.value;
  return value?.kind === 'map' ? value : null;
}

function put(entries: Map<string, WrittenEntry>, key: string, value: WrittenMap): void {
  const entry = entries.get(key);
  if (entry !== undefined) entries.set(key, { ...entry, value });
}
