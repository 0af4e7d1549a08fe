import { h } from './dom.ts';

/** One box beside whatever it explains: shown while that is hovered over or focused, kept by a click or Enter, closed by Escape. */
export interface Popover {
  /** Makes an element explain itself. */
  explain(element: HTMLElement, content: () => readonly HTMLElement[]): void;
}

export function createPopover(): Popover {
  const box = h('div', { class: 'popover', role: 'tooltip', id: 'popover', hidden: true });
  document.body.append(box);
  let owner: HTMLElement | null = null;
  let isKept = false;

  const hide = () => {
    box.hidden = true;
    box.setAttribute('role', 'tooltip');
    box.removeAttribute('aria-label');
    owner?.removeAttribute('aria-describedby');
    owner?.setAttribute('aria-expanded', 'false');
    owner = null;
    isKept = false;
  };
  const show = (element: HTMLElement, content: readonly HTMLElement[]) => {
    if (owner !== element) hide();
    owner = element;
    box.replaceChildren(...content);
    box.hidden = false;
    element.setAttribute('aria-describedby', 'popover');
    element.setAttribute('aria-expanded', 'true');
    place(box, element);
  };
  document.addEventListener('keydown', ({ key }) => {
    if (key !== 'Escape' || owner === null) return;
    const back = owner;
    hide();
    back.focus();
  });
  document.addEventListener('pointerdown', ({ target }) => {
    if (isKept && target instanceof Node && !box.contains(target) && !owner?.contains(target)) hide();
  });
  addEventListener('scroll', () => (owner !== null && isKept ? place(box, owner) : hide()), {
    passive: true,
    capture: true,
  });
  return {
    explain(element, content) {
      element.setAttribute('aria-expanded', 'false');
      element.addEventListener('pointerenter', ({ pointerType }) => {
        if (!isKept && pointerType === 'mouse') show(element, content());
      });
      element.addEventListener('pointerleave', () => {
        if (!isKept && owner === element && document.activeElement !== element) hide();
      });
      element.addEventListener('focus', () => {
        if (!isKept && element.matches(':focus-visible')) show(element, content());
      });
      element.addEventListener('blur', ({ relatedTarget }) => {
        if (owner === element && !isKept && !(relatedTarget instanceof Node && box.contains(relatedTarget))) hide();
      });
      element.addEventListener('click', () => {
        if (isKept && owner === element) return hide();
        show(element, content());
        isKept = true;
        // It holds something to operate now, which a tooltip may not.
        box.setAttribute('role', 'dialog');
        box.setAttribute('aria-label', 'What is behind it');
        element.removeAttribute('aria-describedby');
        // What is in the box comes next in the order of Tab.
        element.after(box);
        place(box, element);
      });
    },
  };
}

function place(box: HTMLElement, element: HTMLElement): void {
  const at = element.getBoundingClientRect();
  const { clientWidth, clientHeight } = document.documentElement;
  const width = Math.min(360, clientWidth - 16);
  box.style.width = `${width}px`;
  const left = Math.min(Math.max(8, at.left + at.width / 2 - width / 2), clientWidth - width - 8);
  const below = at.bottom + 6;
  const top =
    below + box.offsetHeight > clientHeight - 8 && at.top - box.offsetHeight - 6 > 0
      ? at.top - box.offsetHeight - 6
      : below;
  box.style.left = `${left}px`;
  box.style.top = `${top}px`;
}
