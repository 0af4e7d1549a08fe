import type { Instance } from '../../core/instance.ts';

/** What a registry that keeps a status for each of its members holds of one. */
export interface Member {
  readonly instance: Instance;
  /** How its checks stand. */
  passing: boolean;
}

/** Members by id, in the order of their first registration, kept by an id that leaves and comes back. */
export class StatusTable<M extends Member> {
  private readonly places = new Map<string, M | null>();
  private count = 0;

  get size(): number {
    return this.count;
  }

  get(id: string): M | null {
    return this.places.get(id) ?? null;
  }

  put(member: M): void {
    if (this.get(member.instance.id) === null) this.count++;
    this.places.set(member.instance.id, member);
  }

  remove(id: string): void {
    if (this.get(id) === null) return;
    this.count--;
    this.places.set(id, null);
  }

  all(): M[] {
    return [...this.places.values()].filter((member) => member !== null);
  }
}
