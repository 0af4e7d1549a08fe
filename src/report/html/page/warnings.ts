import type { ReportData } from '../report_data.ts';
import { h } from './dom.ts';

/** More than that are folded away, with their number. */
const MOST = 4;

/** What to know of the figures, and what to do about it. */
export function warningList({ warnings }: ReportData): HTMLElement | null {
  if (warnings.length === 0) return null;
  const list = h(
    'ul',
    {},
    ...warnings.map(({ cause, effect, next }) =>
      h(
        'li',
        {},
        h('strong', {}, h('span', { class: 'sign', 'aria-hidden': 'true' }, '!'), cause),
        h('p', {}, `so: ${effect}`),
        h('p', {}, `try: ${next}`),
      ),
    ),
  );
  const title = 'Before you trust these figures';
  const count = warnings.length === 1 ? '' : ` (${warnings.length})`;
  return h('details', { class: 'warnings', open: warnings.length <= MOST }, h('summary', {}, `${title}${count}`), list);
}
