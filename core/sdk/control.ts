// How a step tells its handler that the conversation goes another way. None of these is a failure.

/** The caller is gone. A handler may catch it to tidy up; its next step rejects with it again. */
export class CallEnded extends Error {
  override readonly name = "CallEnded";
}

/** The caller asked for a person, or could not be understood three times. Uncaught, it leads to the operators. */
export class OperatorWanted extends Error {
  override readonly name = "OperatorWanted";
  constructor(readonly why: "key" | "no-input" | "invalid-input") {
    super(`operator wanted: ${why}`);
  }
}
