import { h } from './dom.ts';

/** One box beside whatever it explains: shown while that is hovered over or focused, kept by a click or Enter, closed by Escape. */
export interface Popover {
  /** Makes an element explain itself. */
  explain(element: HTMLElement, content: Content): void;
  /** Keeps the box open for an element, or closes it where it is; the focus is that element's when it is closed. */
  keep(element: HTMLElement, content: Content, more?: KeepOptions): void;
  /** What it says may have changed. */
  refresh(): void;
}

type Content = () => readonly HTMLElement[];

interface KeepOptions {
  /** What it is called. */
  readonly label?: string;
  /** Where it points to; absent: to the element. */
  readonly anchor?: Anchor | undefined;
}

/** A place in the window. */
type Anchor = () => Readonly<Record<'left' | 'top' | 'bottom' | 'width', number>>;

export function createPopover(): Popover {
  const box = h('div', { class: 'popover', role: 'tooltip', id: 'popover', hidden: true });
  document.body.append(box);
  let owner: HTMLElement | null = null;
  let isKept = false;
  let made: Content = () => [];
  let anchorOf: Anchor = () => box.getBoundingClientRect();

  const hide = () => {
    box.hidden = true;
    box.setAttribute('role', 'tooltip');
    box.removeAttribute('aria-label');
    owner?.removeAttribute('aria-describedby');
    owner?.setAttribute('aria-expanded', 'false');
    owner = null;
    isKept = false;
    // Where it was may be gone when it is shown next.
    document.body.append(box);
  };
  const fill = () => box.replaceChildren(...(isKept ? [closeButton(() => close())] : []), ...made());
  const show = (element: HTMLElement, content: Content, anchor?: Anchor) => {
    if (owner !== element) hide();
    owner = element;
    made = content;
    anchorOf = anchor ?? (() => element.getBoundingClientRect());
    fill();
    box.hidden = false;
    element.setAttribute('aria-describedby', 'popover');
    element.setAttribute('aria-expanded', 'true');
    place(box, anchorOf());
  };
  const keep: Popover['keep'] = (element, content, { label = 'What is behind it', anchor } = {}) => {
    if (isKept && owner === element && anchor === undefined) return hide();
    show(element, content, anchor);
    isKept = true;
    fill();
    // It holds something to operate now, which a tooltip may not.
    box.setAttribute('role', 'dialog');
    box.setAttribute('aria-label', label);
    element.removeAttribute('aria-describedby');
    // What is in the box comes next in the order of Tab.
    element.after(box);
    place(box, anchorOf());
  };
  const close = () => {
    const back = owner;
    hide();
    back?.focus();
  };
  document.addEventListener('keydown', ({ key }) => {
    if (key === 'Escape' && owner !== null) close();
  });
  document.addEventListener('pointerdown', ({ target }) => {
    if (isKept && target instanceof Node && !box.contains(target) && !owner?.contains(target)) hide();
  });
  addEventListener(
    'scroll',
    ({ target }) => {
      if (owner === null || (target instanceof Node && box.contains(target))) return;
      if (isKept) place(box, anchorOf());
      else hide();
    },
    { passive: true, capture: true },
  );
  return {
    explain(element, content) {
      element.setAttribute('aria-expanded', 'false');
      element.addEventListener('pointerenter', ({ pointerType }) => {
        if (!isKept && pointerType === 'mouse') show(element, content);
      });
      element.addEventListener('pointerleave', () => {
        if (!isKept && owner === element && document.activeElement !== element) hide();
      });
      element.addEventListener('focus', () => {
        if (!isKept && element.matches(':focus-visible')) show(element, content);
      });
      element.addEventListener('blur', ({ relatedTarget }) => {
        if (owner === element && !isKept && !(relatedTarget instanceof Node && box.contains(relatedTarget))) hide();
      });
      element.addEventListener('click', () => keep(element, content));
    },
    keep,
    refresh() {
      if (owner === null || box.contains(document.activeElement)) return;
      fill();
      place(box, anchorOf());
    },
  };
}

/** For who has neither keys nor room beside the box. */
function closeButton(close: () => void): HTMLElement {
  return h('button', { type: 'button', class: 'small close', 'aria-label': 'close', onclick: close }, '\u00d7');
}

/** Below what it points to where there is room, else above; at the edge of the window where there is none either way. */
function place(box: HTMLElement, at: ReturnType<Anchor>): void {
  const { clientWidth, clientHeight } = document.documentElement;
  const most = box.querySelector('.again') === null ? 360 : 640;
  const width = Math.min(most, clientWidth - 16);
  box.style.width = `${width}px`;
  const left = Math.min(Math.max(8, at.left + at.width / 2 - width / 2), clientWidth - width - 8);
  const [below, above] = [at.bottom + 6, at.top - box.offsetHeight - 6];
  const fits = below + box.offsetHeight <= clientHeight - 8;
  const top = fits ? below : above > 0 ? above : Math.max(8, clientHeight - box.offsetHeight - 8);
  box.style.left = `${left}px`;
  box.style.top = `${top}px`;
}
