import type { DoubtState, TruthState } from '../report_data.ts';
import type { View } from './store.ts';

/** Colours of charts. Lines have 3:1 against their ground in both themes, texts 4.5:1 (WCAG 2.2, 1.4.3 and 1.4.11). */
export interface Palette {
  readonly ground: string;
  readonly ink: string;
  readonly muted: string;
  readonly grid: string;
  readonly fault: string;
  readonly faultEdge: string;
  readonly gap: string;
  readonly up: string;
  /** Its edge. */
  readonly upEdge: string;
  /** What theory says, under what was measured: wide. */
  readonly theory: string;
  /** The thin line of a caller that believes. */
  readonly believed: string;
  readonly lines: readonly string[];
  readonly truth: Readonly<Record<TruthState, string>>;
  readonly doubt: Readonly<Record<DoubtState, string>>;
  /** From little to much. */
  readonly heat: readonly (readonly [number, number, number])[];
}

const light: Palette = {
  ground: '#ffffff',
  ink: '#1b1f24',
  muted: '#57606a',
  grid: '#e3e7ec',
  fault: 'rgba(180, 60, 20, 0.09)',
  faultEdge: '#b06a50',
  gap: '#c7361b',
  up: '#cfe9d8',
  upEdge: '#4f9a70',
  theory: '#8a939d',
  believed: '#7d8894',
  lines: ['#0b62c4', '#b4500b', '#0a7d4f', '#a3238e', '#6b4fd0', '#00757f', '#c02942', '#8a6200', '#566b00', '#5b5f66'],
  truth: { down: '#1b1f24', slow: '#8a6200', errors: '#a3238e' },
  doubt: {
    activeCheck: '#0b62c4',
    ejection: '#6b4fd0',
    registry: '#5b5f66',
    accrual: '#00757f',
    heartbeat: '#566b00',
    gossip: '#8a4b14',
    connection: '#a8324e',
    unseen: '#7d8894',
    unproven: '#566170',
  },
  heat: [
    [255, 247, 224],
    [254, 211, 128],
    [250, 146, 50],
    [204, 72, 20],
    [102, 20, 26],
  ],
};

const dark: Palette = {
  ground: '#171c23',
  ink: '#e6e9ee',
  muted: '#a2acb8',
  grid: '#2b323c',
  fault: 'rgba(255, 150, 110, 0.11)',
  faultEdge: '#b87a64',
  gap: '#ff7a5c',
  up: '#1f4a35',
  upEdge: '#3f8f69',
  theory: '#7c8896',
  believed: '#717d8c',
  lines: ['#6cb0ff', '#ff9e54', '#4fd39a', '#f288dd', '#b3a0ff', '#4fd0da', '#ff8a97', '#f0c24b', '#c2d44a', '#b8bec8'],
  truth: { down: '#e6e9ee', slow: '#f0c24b', errors: '#f288dd' },
  doubt: {
    activeCheck: '#6cb0ff',
    ejection: '#b3a0ff',
    registry: '#b8bec8',
    accrual: '#4fd0da',
    heartbeat: '#c2d44a',
    gossip: '#e5a97a',
    connection: '#f08aa0',
    unseen: '#717d8c',
    unproven: '#93a0b0',
  },
  heat: [
    [36, 38, 58],
    [88, 44, 96],
    [170, 62, 84],
    [236, 122, 66],
    [255, 226, 168],
  ],
};

export function paletteOf(theme: View['theme']): Palette {
  return theme === 'dark' ? dark : light;
}

const dashes: readonly ('solid' | number[])[] = ['solid', [7, 4], [2, 3], [11, 4, 2, 4]];

/** How a column's line is drawn: its colour and its dashes together are its own. */
export function lineStyleOf(
  column: number,
  palette: Palette,
): { color: string; type: 'solid' | number[]; width: number } {
  const { lines } = palette;
  return {
    color: lines[column % lines.length],
    type: dashes[(column + Math.floor(column / lines.length)) % dashes.length],
    width: 2,
  };
}

/** Between the two ends of the heat scale: `share` from 0 to 1. */
export function heatColor(share: number, { heat }: Palette): string {
  const at = Math.min(Math.max(share, 0), 1) * (heat.length - 1);
  const i = Math.min(Math.floor(at), heat.length - 2);
  const mix = heat[i].map((from, c) => Math.round(from + (heat[i + 1][c] - from) * (at - i)));
  return `rgb(${mix.join(', ')})`;
}
