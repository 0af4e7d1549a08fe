/**
 * Priorities to avoid. The same priorities are always the same object, so that a retry makes none, and what follows from
 * a set can be kept by it.
 */
export class PrioritySet {
  /** By priority; absent: not in it. */
  private readonly members: readonly boolean[];
  /** This set and one priority more, by that priority. */
  private readonly larger: PrioritySet[] = [];

  private constructor(members: readonly boolean[]) {
    this.members = members;
  }

  static readonly none = new PrioritySet([]);
  private static readonly known = new Map<string, PrioritySet>([['', PrioritySet.none]]);

  has(priority: number): boolean {
    return this.members[priority] === true;
  }

  /** This set and that priority. Allocates when it is first asked for. */
  with(priority: number): PrioritySet {
    const known = this.larger[priority];
    if (known !== undefined) return known;
    const members = Array.from({ length: Math.max(this.members.length, priority + 1) }, (_, i) => this.has(i));
    members[priority] = true;
    const name = members.map((member, i) => (member ? `${i}` : '')).join();
    const set = PrioritySet.known.get(name) ?? new PrioritySet(members);
    PrioritySet.known.set(name, set);
    this.larger[priority] = set;
    return set;
  }
}
