// How a step tells its handler that the conversation goes another way. None of these is a failure.

/** The caller is gone. A handler may catch it to tidy up; its next step rejects with it again. */
export class CallEnded extends Error {
  override readonly name = "CallEnded";
}

/** The caller asked for a person, could not be understood three times, or was put through to nobody. Uncaught, it leads to the operators. */
export class OperatorWanted extends Error {
  override readonly name = "OperatorWanted";
  constructor(readonly why: "key" | "no-input" | "invalid-input" | "transfer") {
    super(`operator wanted: ${why}`);
  }
}
