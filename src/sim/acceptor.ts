/** The generation of no connection. */
export const UNCONNECTED = -1;

/** Told that the server has ended a connection. `answered`: to be called once the caller's answer is there; null: nobody asks. */
type OnEnd = (answered: (() => void) | null) => void;

/**
 * The connections of one server, where they are modelled. A process takes one as it runs: what its kernel has accepted
 * while it hung waits until it wakes. All end when the process stops taking requests: it closes them as it dies. As it is
 * asked to terminate it says so (GOAWAY), and takes what comes over them until each caller has answered, since that was sent
 * before he knew (grpc-go, http2_server.go, outgoingGoAwayHandler). Of a host that is cut off nobody is told.
 */
export class Acceptor {
  /** Rises as its connections end: those of an earlier one are no more. */
  generation = 0;
  private running = true;
  private hung = false;
  private ends = new Set<OnEnd>();
  /** Told whether the process has taken them. */
  private waiting: ((taken: boolean) => void)[] = [];
  /** How many callers, told of the end of their connections, have yet to answer. */
  private unanswered = 0;
  /** Requests on their way over its connections, and over those it takes leave of: a caller's answer comes after them. */
  private underWay = 0;
  private late = 0;
  private onLeft: () => void = () => {};

  /** Whether it still takes what comes over connections that it has taken leave of. */
  get takesLeave(): boolean {
    return this.unanswered + this.late > 0;
  }

  /** A request is sent over a connection of that generation. */
  sent(generation: number): void {
    this.count(generation, 1);
  }

  /** It is there, and taken. */
  arrived(generation: number): void {
    this.count(generation, -1);
    this.leave();
  }

  /** Whether what comes over a connection of that generation is taken. */
  takes(generation: number): boolean {
    return generation === this.generation || (this.takesLeave && generation === this.generation - 1);
  }

  /** Whether its kernel accepts connections, be its process one that hangs. */
  get accepts(): boolean {
    return this.running;
  }

  /** Calls `done` once the process has taken what its kernel has accepted, or is no more: at once, unless it hangs. */
  take(done: (taken: boolean) => void): void {
    if (this.running && this.hung) this.waiting.push(done);
    else done(this.running);
  }

  /** A connection that was taken is in use. */
  add(onEnd: OnEnd): void {
    this.ends.add(onEnd);
  }

  remove(onEnd: OnEnd): void {
    this.ends.delete(onEnd);
  }

  start(): void {
    this.running = true;
  }

  hang(): void {
    this.hung = true;
  }

  wake(): void {
    this.hung = false;
    for (const done of this.emptied()) done(this.running);
  }

  /** The process takes no more requests. Where its host is cut off there is nobody left to tell. */
  end(): void {
    const { ends } = this;
    this.running = false;
    this.cut();
    for (const onEnd of ends) onEnd(null);
  }

  /** The process is to end, and tells its callers first; `done` once they have all answered, if that is not at once. */
  takeLeave(done: () => void): void {
    const { ends } = this;
    this.running = false;
    const late = this.underWay;
    this.cut();
    this.unanswered = ends.size;
    this.late = ends.size > 0 ? late : 0;
    this.onLeft = done;
    const { generation } = this;
    const answered = (): void => {
      if (generation !== this.generation) return;
      this.unanswered--;
      this.leave();
    };
    for (const onEnd of ends) onEnd(answered);
  }

  /** The host has lost all its connections, and tells nobody. */
  cut(): void {
    this.generation++;
    this.unanswered = 0;
    this.underWay = 0;
    this.late = 0;
    this.onLeft = () => {};
    this.ends = new Set();
    for (const done of this.emptied()) done(false);
  }

  private count(generation: number, by: 1 | -1): void {
    if (generation === this.generation) this.underWay += by;
    else if (this.takes(generation)) this.late += by;
  }

  private leave(): void {
    if (!this.takesLeave) this.onLeft();
  }

  private emptied(): ((taken: boolean) => void)[] {
    const { waiting } = this;
    this.waiting = [];
    return waiting;
  }
}
