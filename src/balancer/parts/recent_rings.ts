import type { HashRing } from './hash_ring.ts';

/** The rings made lately, by what they were made of, so that those who need the same ring at the same time share it. */
export class RecentRings<Recipe> {
  private readonly isSame: (a: Recipe, b: Recipe) => boolean;
  private readonly maxRings: number;
  private readonly maxPoints: number;
  /** The latest first. */
  private made: { readonly recipe: Recipe; readonly ring: HashRing }[] = [];

  /** `maxRings` are kept, and beside the latest no more than make `maxPoints` points with it. */
  constructor(isSame: (a: Recipe, b: Recipe) => boolean, maxRings: number, maxPoints: number) {
    this.isSame = isSame;
    this.maxRings = maxRings;
    this.maxPoints = maxPoints;
  }

  /** The ring of this recipe, which is kept: the one made before, or one made now. */
  get(recipe: Recipe, make: () => HashRing): HashRing {
    const found = this.made.findIndex((each) => this.isSame(each.recipe, recipe));
    const latest = found < 0 ? { recipe, ring: make() } : this.made[found];
    const kept = [latest];
    let points = latest.ring.size;
    for (const each of this.made) {
      if (each === latest) continue;
      points += each.ring.size;
      if (kept.length === this.maxRings || points > this.maxPoints) break;
      kept.push(each);
    }
    this.made = kept;
    return latest.ring;
  }
}
