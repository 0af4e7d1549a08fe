/**
 * Standard exponential variates by the ziggurat method: Marsaglia & Tsang, "The Ziggurat Method for Generating Random
 * Variables", J. Stat. Software 5(8), 2000, with the correction of Leong et al. (J. Stat. Software 12(7), 2005): the
 * layer and the value inside it come from separate bits, so that the two are independent.
 */
const LAYERS = 256;
/** Where the tail begins and the area of each layer, for 256 layers (Marsaglia & Tsang, section 3). */
const TAIL_START = 7.69711747013105;
const LAYER_AREA = 0.003949659822581557;

const right = new Float64Array(LAYERS + 1);
const height = new Float64Array(LAYERS + 1);
right[0] = LAYER_AREA / Math.exp(-TAIL_START);
right[1] = TAIL_START;
for (let i = 2; i < LAYERS; i++) {
  const below = right[i - 1];
  right[i] = -Math.log(LAYER_AREA / below + Math.exp(-below));
}
right[LAYERS] = 0;
for (let i = 0; i <= LAYERS; i++) height[i] = Math.exp(-right[i]);

const INV_2_32 = 2 ** -32;

export function exponentialZiggurat(random: { int32(): number }): number {
  for (;;) {
    const layer = random.int32() & (LAYERS - 1);
    const unit = (random.int32() >>> 0) * INV_2_32;
    const x = unit * right[layer];
    if (x < right[layer + 1]) return x;
    const u = (random.int32() >>> 0) * INV_2_32;
    // Beyond the start of the tail an exponential begins anew.
    if (layer === 0) return TAIL_START - Math.log(1 - u);
    const low = height[layer];
    if (low + u * (height[layer + 1] - low) < Math.exp(-x)) return x;
  }
}
