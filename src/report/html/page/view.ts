/** The stretch of a scenario that its charts show, in seconds; all of them follow it. */
export class View {
  #from = 0;
  #to: number;
  readonly #followers: (() => void)[] = [];

  /** @param end of the scenario, in seconds. */
  constructor(readonly end: number) {
    this.#to = end;
  }

  get from(): number {
    return this.#from;
  }

  get to(): number {
    return this.#to;
  }

  /** Calls a follower now and whenever the view changes. */
  follow(follower: () => void): void {
    this.#followers.push(follower);
    follower();
  }

  show(from: number, to: number): void {
    const least = this.end / 1_000;
    const width = Math.min(this.end, Math.max(least, to - from));
    this.#from = Math.min(Math.max(0, from), this.end - width);
    this.#to = this.#from + width;
    this.#followers.forEach((follower) => follower());
  }

  whole(): void {
    this.show(0, this.end);
  }

  /** Shows this many times as much of the time, around the same middle. */
  zoom(factor: number): void {
    const middle = (this.#from + this.#to) / 2;
    const half = ((this.#to - this.#from) / 2) * factor;
    this.show(middle - half, middle + half);
  }

  /** Moves by a part of what is shown; negative: to what was before. */
  move(part: number): void {
    const step = (this.#to - this.#from) * part;
    this.show(this.#from + step, this.#to + step);
  }
}
