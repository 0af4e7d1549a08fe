import { NO_FAULT } from '../../sim/recorder.ts';
import type { FaultNow, TruthNow } from './events.ts';

/** What is true of each instance at this moment of a run. */
export class TruthTable {
  /** What ails the registry. */
  registry: readonly FaultNow[] = [];
  private readonly states: State[];
  private readonly faultKinds: readonly string[];

  /** `faultKinds`: of each entry of the scenario's list. */
  constructor(instances: number, faultKinds: readonly string[]) {
    this.states = Array.from({ length: instances }, () => ({
      up: true,
      impaired: false,
      planned: false,
      sinceMs: null,
      faults: [],
    }));
    this.faultKinds = faultKinds;
  }

  /** As outputs name it: `crash#0`; `liveness` where a kubelet did it, and no fault. */
  faultName(entry: number): string {
    return entry === NO_FAULT ? 'liveness' : `${this.faultKinds[entry]}#${entry}`;
  }

  truth(atMs: number, instance: number, up: boolean): void {
    this.states[instance].up = up;
    this.states[instance].sinceMs = atMs;
  }

  impaired(instance: number, impaired: boolean): void {
    this.states[instance].impaired = impaired;
  }

  planned(instance: number, planned: boolean): void {
    this.states[instance].planned = planned;
  }

  /** `instance` is -1 where it acts on the registry. */
  fault(atMs: number, instance: number, entry: number, starts: boolean): void {
    const fault = this.faultName(entry);
    const change = (faults: readonly FaultNow[]): readonly FaultNow[] => {
      if (starts) return [...faults, { fault, sinceMs: atMs }];
      const ended = faults.findIndex((other) => other.fault === fault);
      return faults.filter((_, i) => i !== ended);
    };
    if (instance < 0) this.registry = change(this.registry);
    else this.states[instance].faults = change(this.states[instance].faults);
  }

  now(instance: number): TruthNow {
    return { ...this.states[instance] };
  }

  /** Up, with nothing the matter. */
  isWell(instance: number): boolean {
    const { up, impaired, planned, faults } = this.states[instance];
    return up && !impaired && !planned && faults.length === 0;
  }
}

type State = { -readonly [K in keyof TruthNow]: TruthNow[K] };
