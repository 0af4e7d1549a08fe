/** The generation of no connection. */
export const UNCONNECTED = -1;

/** Told that the server has ended a connection. */
type OnEnd = () => void;

/**
 * The connections of one server, where they are modelled. A process takes one as it runs: what its kernel has accepted
 * while it hung waits until it wakes. All end when the process stops taking requests: it closes them as it dies, and as it is
 * asked to terminate it says that it takes no more (GOAWAY). Of a host that is cut off nobody is told.
 */
export class Acceptor {
  /** Rises as its connections end: those of an earlier one are no more. */
  generation = 0;
  private running = true;
  private hung = false;
  private ends = new Set<OnEnd>();
  /** Told whether the process has taken them. */
  private waiting: ((taken: boolean) => void)[] = [];

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
    for (const onEnd of ends) onEnd();
  }

  /** The host has lost all its connections, and tells nobody. */
  cut(): void {
    this.generation++;
    this.ends = new Set();
    for (const done of this.emptied()) done(false);
  }

  private emptied(): ((taken: boolean) => void)[] {
    const { waiting } = this;
    this.waiting = [];
    return waiting;
  }
}
