/** A registry in memory: whoever registers is known at once, and callers are told at once. */
export interface MemorySettings {
  readonly kind: 'memory';
  /** null: instances are registered for good. */
  readonly lease: { readonly ttlMs: number; readonly renewIntervalMs: number } | null;
}

export const MEMORY: MemorySettings = { kind: 'memory', lease: null };
