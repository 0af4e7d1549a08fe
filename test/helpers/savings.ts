import type { Host } from '../../src/balancer/host.ts';

/** Smooth weighted round robin from first principles: what each host has saved up, by name. */
export class Savings {
  private readonly saved = new Map<Host, number>();

  winnerOf(round: readonly Host[], weightOf: (host: Host) => number): Host {
    for (const host of round) this.saved.set(host, (this.saved.get(host) ?? 0) + weightOf(host));
    const most = Math.max(...round.map((host) => this.saved.get(host) as number));
    const winner = round.find((host) => this.saved.get(host) === most) as Host;
    this.saved.set(
      winner,
      round.reduce((left, host) => left - weightOf(host), most),
    );
    return winner;
  }
}
