import { getOrMake } from '../../scenario/memo.ts';
import type { TrialConfig } from '../../sim/config.ts';
import type { MetadataEvent } from './trace_event.ts';

/** Where an event is drawn. */
export interface Track {
  readonly pid: number;
  readonly tid: number;
}

/** What counts as a group of tracks: `pid` of 0 is the idle process of a real machine, so they count from 1. */
const FIRST_PID = 1;

/**
 * Every instance and every caller is a process of the trace, since async spans and counters belong to a process and not
 * to a thread; what cannot overlap is drawn on threads within. Numbers of threads are unique over all processes: Perfetto
 * looks names of threads up by them alone.
 */
export class Tracks {
  private readonly names: readonly string[];
  private readonly instances: number;
  private readonly used = new Map<number, Map<string, number>>();
  private nextTid: number;

  constructor({ instances, callers }: Pick<TrialConfig, 'instances' | 'callers'>) {
    this.instances = instances.length;
    this.names = [
      'registry',
      ...instances.map(({ id, zone }) => `instance ${id}${zone === null ? '' : ` (${zone})`}`),
      ...callers.map(({ id, zone }) => `caller ${id}${zone === null ? '' : ` (${zone})`}`),
    ];
    this.nextTid = FIRST_PID + this.names.length;
  }

  /** Of an instance, or, -1, of the registry; the main thread where none is named. */
  ofInstance(instance: number, thread = ''): Track {
    return this.track(FIRST_PID + 1 + instance, thread);
  }

  ofCaller(caller: number, thread = ''): Track {
    return this.track(FIRST_PID + 1 + this.instances + caller, thread);
  }

  /** The names of all tracks asked for so far, instances above callers. */
  metadata(): MetadataEvent[] {
    const pids = [...this.used.keys()].sort((a, b) => a - b);
    return pids.flatMap((pid): MetadataEvent[] => {
      const process = { ph: 'M', pid, tid: pid } as const;
      const threads = [...(this.used.get(pid) ?? [])].filter(([name]) => name !== '');
      return [
        { ...process, name: 'process_name', args: { name: this.names[pid - FIRST_PID] } },
        { ...process, name: 'process_sort_index', args: { sort_index: pid } },
        ...threads.flatMap(([name, tid]): MetadataEvent[] => [
          { ...process, tid, name: 'thread_name', args: { name } },
          { ...process, tid, name: 'thread_sort_index', args: { sort_index: tid } },
        ]),
      ];
    });
  }

  private track(pid: number, thread: string): Track {
    const threads = getOrMake(this.used, pid, () => new Map<string, number>());
    return { pid, tid: getOrMake(threads, thread, () => (thread === '' ? pid : this.nextTid++)) };
  }
}
