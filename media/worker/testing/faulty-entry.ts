// A media worker that fails on demand: told to send the keys "hang" or "throw", it does that.
import { parentPort } from "node:worker_threads";
import "../entry.js";
import type { ToWorker } from "../message.js";

parentPort!.on("message", (message: ToWorker) => {
  if (message.type !== "command" || message.command.type !== "dtmf.send") return;
  const { digits } = message.command;
  if (digits === "throw") throw new Error("a fault that nobody caught");
  while (digits === "hang");
});
