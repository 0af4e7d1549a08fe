import type { Picture } from './card.ts';
import { h } from './dom.ts';
import type { Popover } from './popover.ts';
import { type Readout, type Readouts, watchReadouts } from './readout.ts';
import { type Replay, replayList, replaysOf, withReplays } from './replays.ts';
import type { Store } from './store.ts';
import type { Table } from './table.ts';
import { timeOption } from './words.ts';

/** How the figures of a picture are had again: of all that is drawn, or of what was read off it. */
export interface ReplayAction {
  /** One for each place where its figures are. */
  button(): HTMLElement;
  /** What is drawn has changed. */
  update(): void;
  readonly readouts: Readouts;
  /** Its table, each row with its line. */
  table(): Table;
  /** Every line, one under the other. */
  text(): string;
}

export function replayAction(store: Store, popover: Popover, picture: Picture, canvas: HTMLElement): ReplayAction {
  const buttons: HTMLButtonElement[] = [];
  const replays = (look?: string) => replaysOf(store, picture.drawn(), look);
  const name = () => `replay of ${picture.title}: ${namesOf(replays())}`;
  const open = (owner: HTMLElement) =>
    popover.keep(owner, () => replayList(store, { title: `${picture.title}, again` }, replays()), { label: name() });
  const openRead = (owner: HTMLElement, readout: Readout) => {
    // Whatever is drawn later, this was read.
    const content = replayList(store, { title: 'Again', readout: readout.text }, replays(lookInto(picture, readout)));
    popover.keep(owner, () => content, { label: name(), anchor: () => placeIn(canvas, readout) });
  };
  return {
    button() {
      const own = h('button', { type: 'button', class: 'small', 'aria-expanded': 'false', 'aria-haspopup': 'dialog' });
      own.append('replay');
      own.setAttribute('aria-label', name());
      own.addEventListener('click', () => open(own));
      buttons.push(own);
      return own;
    },
    update() {
      for (const button of buttons) button.setAttribute('aria-label', name());
    },
    readouts: watchReadouts((readout) => openRead(buttons[0], readout)),
    table: () => withReplays(picture.table(), store, replays()),
    text: () =>
      replays()
        .map(({ line }) => line)
        .join('\n'),
  };
}

function namesOf(replays: readonly Replay[]): string {
  return replays.length === 0 ? 'nothing is drawn' : replays.map(({ name }) => name).join('; ');
}

/** Options of replay for what was read: what the picture says, or the time of it. */
function lookInto({ look, isTimed }: Picture, { place }: Readout): string {
  if (look !== undefined) return look(place);
  const [ms] = Array.isArray(place.value) ? (place.value as unknown[]) : [];
  return isTimed && typeof ms === 'number' ? timeOption(ms) : '';
}

/** A point of a picture as a place in the window. */
function placeIn(canvas: HTMLElement, { x, y }: Readout) {
  const { left, top } = canvas.getBoundingClientRect();
  return { left: left + x, top: top + y - 8, bottom: top + y + 8, width: 0 };
}
