import type { Side } from './course_pictures.ts';
import { h } from './dom.ts';
import { swatchOf } from './heat_table.ts';
import type { Store } from './store.ts';
import { nameOf } from './words.ts';

/** Which columns a picture of the two sides is about. */
export function whoLegend(store: Store, sides: readonly Side[]): HTMLElement {
  const columns = sides.map((side) => store.view[side]).filter((column) => column !== null);
  const keys = columns.map((column) => {
    const swatch = h('span', { class: 'swatch', 'aria-hidden': 'true' });
    swatch.append(swatchOf(store, column));
    return h('li', {}, swatch, nameOf(store.data.columns[column]));
  });
  return h('ul', { class: 'keys' }, ...keys);
}
