import { afterEach, describe, expect, it, vi } from 'vitest';
import { listenForInterruption } from '../../src/cli/interruption.ts';

afterEach(() => vi.restoreAllMocks());

describe('Ctrl-C', () => {
  it('is an abort the first time, and an end at once, with everything cleared away, the second', () => {
    const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const events: string[] = [];
    vi.spyOn(process, 'exit').mockImplementation((code) => {
      events.push(`exit ${code}`);
      throw new Error('gone');
    });
    const before = process.listenerCount('SIGTERM');
    const interruption = listenForInterruption();
    interruption.cleanUpWith(() => events.push('not this one'));
    interruption.cleanUpWith(() => events.push('cleared'));
    process.emit('SIGINT');
    expect(interruption.signal.aborted).toBe(true);
    expect(events).toEqual([]);
    expect(said.mock.calls.join()).toContain('what is done will be written');
    expect(() => process.emit('SIGTERM')).toThrow('gone');
    expect(events).toEqual(['cleared', 'exit 105']);
    interruption.release();
    expect(process.listenerCount('SIGTERM')).toBe(before);
  });
});
