/** Which of some hosts have been tried within one pick. Forgetting all of them costs nothing. */
export class TriedHosts {
  private marks: Uint32Array;
  private mark = 1;

  constructor(hosts: number) {
    this.marks = new Uint32Array(hosts);
  }

  forget(): void {
    if (++this.mark < 2 ** 32) return;
    this.marks.fill(0);
    this.mark = 1;
  }

  add(index: number): void {
    this.marks[index] = this.mark;
  }

  has(index: number): boolean {
    return this.marks[index] === this.mark;
  }
}
