import type { BeliefNow, TruthNow } from '../replay/events.ts';

/** What is unusual in what a caller believes of an instance. null: it is in view, believed in, and can be picked. */
export function beliefState({ inView, good, pickable, probing, against }: BeliefNow): string | null {
  if (!inView) return 'not in view';
  if (good) return null;
  const out = against.length === 0 ? 'out: yet to show that it is well' : `out: ${against.join(', ')}`;
  if (probing) return `${out}; single requests let through`;
  return pickable ? `${out}; picked in panic` : out;
}

/** What is unusual in what is true of an instance. */
export function truthState({ up, impaired, planned }: TruthNow): string | null {
  if (!up) return planned ? 'down on purpose' : 'down';
  if (impaired) return 'slow or erring';
  return planned ? 'about to go down on purpose' : null;
}
