import { getOrMake } from '../../scenario/memo.ts';
import type { TrialConfig } from '../../sim/config.ts';
import type { MetadataEvent } from './trace_event.ts';

/** Where an event is drawn. */
export interface Track {
  readonly pid: number;
  readonly tid: number;
}

/** 0 is the idle process of a real machine. */
const FIRST_PID = 1;
/** Of an instance. */
const THREADS = ['truth', 'health checks'] as const;

/**
 * Every instance and every caller is a process of the trace, since async spans and counters belong to a process and not
 * to a thread; what cannot overlap is drawn on threads within. Numbers of threads are unique over all processes, since
 * Perfetto looks names of threads up by them alone. It shows all numbers behind the names, so instances have those they
 * have among instances, and those of threads go up in the order in which they are shown: they are the same in every trace
 * of a scenario, whatever happens first.
 */
export class Tracks {
  private readonly names: readonly string[];
  private readonly instanceIds: readonly string[];
  /** Of each process, the names of its threads by their numbers. */
  private readonly used = new Map<number, Map<number, string>>();

  constructor({ instances, callers }: Pick<TrialConfig, 'instances' | 'callers'>) {
    this.instanceIds = instances.map(({ id }) => id);
    this.names = [
      ...instances.map(({ id, zone }) => processName('instance', id, zone)),
      ...callers.map(({ id, zone }) => processName('caller', id, zone)),
      'registry',
    ];
  }

  /** Its main thread, which has no name. -1: the registry's. */
  ofInstance(instance: number): Track {
    return this.main(instance === -1 ? this.registry : FIRST_PID + instance);
  }

  ofInstanceThread(instance: number, name: (typeof THREADS)[number]): Track {
    const tid = this.firstTid + instance * THREADS.length + THREADS.indexOf(name);
    return this.thread(FIRST_PID + instance, tid, name);
  }

  ofCaller(caller: number): Track {
    return this.main(this.firstCaller + caller);
  }

  ofPanic(caller: number): Track {
    return this.thread(this.firstCaller + caller, this.firstTidOfCaller(caller), 'panic');
  }

  ofBelief(caller: number, instance: number): Track {
    const tid = this.firstTidOfCaller(caller) + 1 + instance;
    return this.thread(this.firstCaller + caller, tid, `belief in ${this.instanceIds[instance]}`);
  }

  /** The names of all tracks asked for so far: the registry above instances, those above callers. */
  metadata(): MetadataEvent[] {
    const place = (pid: number) => (pid === this.registry ? 0 : pid);
    const pids = [...this.used.keys()].sort((a, b) => place(a) - place(b));
    return pids.flatMap((pid): MetadataEvent[] => {
      const process = { ph: 'M', pid, tid: pid } as const;
      const threads = [...(this.used.get(pid) ?? [])].sort(([a], [b]) => a - b);
      return [
        { ...process, name: 'process_name', args: { name: this.names[pid - FIRST_PID] } },
        { ...process, name: 'process_sort_index', args: { sort_index: place(pid) } },
        ...threads.flatMap(([tid, name]): MetadataEvent[] => [
          { ...process, tid, name: 'thread_name', args: { name } },
          { ...process, tid, name: 'thread_sort_index', args: { sort_index: tid } },
        ]),
      ];
    });
  }

  private get firstCaller(): number {
    return FIRST_PID + this.instanceIds.length;
  }

  private get registry(): number {
    return FIRST_PID + this.names.length - 1;
  }

  /** Main threads have the numbers of their processes. */
  private get firstTid(): number {
    return FIRST_PID + this.names.length;
  }

  private firstTidOfCaller(caller: number): number {
    const instances = this.instanceIds.length;
    return this.firstTid + instances * THREADS.length + caller * (1 + instances);
  }

  private main(pid: number): Track {
    getOrMake(this.used, pid, () => new Map<number, string>());
    return { pid, tid: pid };
  }

  private thread(pid: number, tid: number, name: string): Track {
    getOrMake(this.used, pid, () => new Map<number, string>()).set(tid, name);
    return { pid, tid };
  }
}

/** What it is, unless its id says so. */
function processName(kind: string, id: string, zone: string | null): string {
  const what = id.startsWith(kind) ? id : `${kind} ${id}`;
  return zone === null ? what : `${what} (${zone})`;
}
