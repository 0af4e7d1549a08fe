import { affinityLaws } from './affinity_laws.ts';
import { determinismLaws } from './determinism_laws.ts';
import { feedbackLaws } from './feedback_laws.ts';
import type { Law } from './law.ts';
import { memoryLaws } from './memory_laws.ts';
import { shareLaws } from './share_laws.ts';
import { slowStartLaws } from './slow_start_laws.ts';
import { viewLaws } from './view_laws.ts';

/** What every strategy owes, by its traits. */
export const laws: readonly Law[] = [
  ...viewLaws,
  ...determinismLaws,
  ...shareLaws,
  ...slowStartLaws,
  ...affinityLaws,
  ...feedbackLaws,
  ...memoryLaws,
];
