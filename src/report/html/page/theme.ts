import { drawAll } from './card.ts';
import { h } from './dom.ts';
import type { Store, View } from './store.ts';

const prefersDark = matchMedia('(prefers-color-scheme: dark)');

export function systemTheme(): View['theme'] {
  return prefersDark.matches ? 'dark' : 'light';
}

/** As the system has it, or as the reader chooses; paper is always light. */
export function themeSwitch(store: Store): HTMLElement {
  let choice = 'auto';
  const apply = (theme: View['theme']) => {
    document.documentElement.dataset.theme = theme;
    store.set({ theme });
  };
  const chosen = (): View['theme'] => (choice === 'light' || choice === 'dark' ? choice : systemTheme());
  const select = h(
    'select',
    { id: 'theme' },
    ...['auto', 'light', 'dark'].map((name) => h('option', { value: name }, name)),
  );
  select.addEventListener('change', () => {
    choice = select.value;
    apply(chosen());
  });
  prefersDark.addEventListener('change', () => apply(chosen()));
  addEventListener('beforeprint', () => {
    apply('light');
    drawAll();
  });
  addEventListener('afterprint', () => apply(chosen()));
  apply(chosen());
  return h('label', {}, 'theme ', select);
}
