// A talk between the caller and whoever is there now: it lasts through transfers, until nobody is left to talk to.
export class Talk {
  readonly over: Promise<void>;
  #end!: () => void;
  #fail!: (error: unknown) => void;

  constructor() {
    this.over = new Promise((resolve, reject) => {
      this.#end = resolve;
      this.#fail = reject;
    });
    // Whether anybody waits for it is the handler's business.
    this.over.catch(() => undefined);
  }

  /** The far side has left. */
  end(): void {
    this.#end();
  }

  /** It ends otherwise than by somebody's leaving: `over` rejects. */
  fail(error: unknown): void {
    this.#fail(error);
  }
}
