/** A tile that fills a shape, so that shapes differ by more than their colour. */
export interface Pattern {
  readonly image: HTMLCanvasElement;
  /** Said, so that nobody waits for the image to load before a picture is written to a file. */
  readonly imageWidth: number;
  readonly imageHeight: number;
  readonly repeat: 'repeat';
}

const SIZE = 6;
type Strokes = readonly (readonly [number, number, number, number])[];

const strokes: Readonly<Record<'diagonal' | 'back' | 'vertical' | 'horizontal' | 'cross' | 'dots', Strokes>> = {
  diagonal: [
    [-1, 7, 7, -1],
    [-1, 1, 1, -1],
    [5, 7, 7, 5],
  ],
  back: [
    [-1, -1, 7, 7],
    [5, -1, 7, 1],
    [-1, 5, 1, 7],
  ],
  vertical: [[3, 0, 3, 6]],
  horizontal: [[0, 3, 6, 3]],
  cross: [
    [3, 0, 3, 6],
    [0, 3, 6, 3],
  ],
  dots: [
    [0, 1.5, 3, 1.5],
    [3, 4.5, 6, 4.5],
  ],
};

const made = new Map<string, Pattern>();

/** Strokes of one colour on another. */
export function hatch(color: string, ground: string, kind: keyof typeof strokes): Pattern {
  const key = `${color} ${ground} ${kind}`;
  const known = made.get(key);
  if (known !== undefined) return known;
  const image = document.createElement('canvas');
  image.width = SIZE;
  image.height = SIZE;
  const pen = image.getContext('2d');
  if (pen !== null) {
    pen.fillStyle = ground;
    pen.fillRect(0, 0, SIZE, SIZE);
    pen.strokeStyle = color;
    pen.lineWidth = 2.4;
    for (const [x1, y1, x2, y2] of strokes[kind]) {
      pen.beginPath();
      pen.moveTo(x1, y1);
      pen.lineTo(x2, y2);
      pen.stroke();
    }
  }
  const pattern: Pattern = { image, imageWidth: SIZE, imageHeight: SIZE, repeat: 'repeat' };
  made.set(key, pattern);
  return pattern;
}
