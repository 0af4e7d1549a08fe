import type { Random } from '../../core/random.ts';
import type { Host } from '../host.ts';
import { SmoothRounds } from '../parts/smooth_rounds.ts';
import { WeightedDraw } from '../parts/weighted_draw.ts';
import { comparedAs, type Explain, ruled } from '../pick_reason.ts';
import type { Strategy, WeightOf } from '../strategy.ts';

/** Draws in vain, after which one more leaves it to round robin. */
const TRIES = 20;

/**
 * nginx's `random two least_conn`: of two distinct hosts drawn by weight the one with the least attempts in flight for
 * its weight; the second among equals. After 21 draws of the first host again, a pick of smooth weighted round robin.
 * nginx counts draws of hosts that cannot serve as in vain too; here they are not drawn. A host alone is taken
 * without a draw. O(1) per draw on average, O(n) per rebuild.
 * Source: ngx_http_upstream_random_module.c, ngx_http_upstream_get_random2_peer.
 */
export class NginxRandomTwo implements Strategy {
  private readonly random: Random;
  private readonly byWeight = new WeightedDraw();
  private readonly rounds = new SmoothRounds();
  private hosts: readonly Host[] = [];
  private weights = new Float64Array(0);

  constructor(random: Random) {
    this.random = random;
  }

  rebuild(_members: readonly Host[], eligible: readonly Host[], weightOf: WeightOf): void {
    this.hosts = eligible.slice();
    this.weights = Float64Array.from(eligible, weightOf);
    this.byWeight.rebuild(this.weights);
    this.rounds.rebuild(eligible, this.weights);
  }

  pick(): Host {
    const { hosts, weights, byWeight, random } = this;
    if (hosts.length === 1) return hosts[0];
    const first = byWeight.draw(random);
    for (let inVain = 0; inVain <= TRIES; inVain++) {
      const second = byWeight.draw(random);
      if (second === first) continue;
      const firstIsLess = hosts[second].inFlight * weights[first] > hosts[first].inFlight * weights[second];
      return hosts[firstIsLess ? first : second];
    }
    return this.inTurn();
  }

  explainNext(): Explain {
    const { hosts, weights, byWeight } = this;
    if (hosts.length === 1) return () => ruled('the only host');
    const currents = this.rounds.currents();
    return ({ drawn }) => {
      const [first, ...others] = drawn.map((draw) => byWeight.entryOf(draw));
      const second = others.find((other) => other !== first);
      if (second === undefined) {
        const rule = `${drawn.length} draws of the same host, so smooth weighted round robin, the first among equals`;
        return comparedAs('current weight', hosts, currents, rule, 'highest');
      }
      const rule = 'the fewest in flight for its weight of two drawn by weight, the second among equals';
      const loads = [second, first].map((place) => hosts[place].inFlight / weights[place]);
      return comparedAs('in flight / weight', [hosts[second], hosts[first]], loads, rule);
    };
  }

  onStart(): void {}

  onEnd(): void {}

  private inTurn(): Host {
    this.rounds.begin();
    for (let i = 0; i < this.hosts.length; i++) this.rounds.enter(i);
    return this.hosts[this.rounds.end()];
  }
}
