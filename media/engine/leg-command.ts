// What one leg is told.
import type { MediaCommand } from "./command.js";
import type { MediaLeg } from "./media-leg.js";

export type LegCommand = Exclude<MediaCommand, { readonly type: "prompt.load" | "leg.open" | "leg.close" | "leg.suspend" | "bridge" | "unbridge" }>;

/** False where it makes no sense to the leg. */
export function obeyAsLeg(leg: MediaLeg, command: LegCommand): boolean {
  switch (command.type) {
    case "leg.media":
      leg.configure(command.settings);
      return true;
    case "play":
      leg.start(command);
      return true;
    case "play.stop":
      leg.stop(command.play);
      return true;
    case "dtmf.send":
      return leg.sendKeys(command.digits, command.durationMs);
    case "detect":
      leg.listenFor(command.detectors);
      return true;
    case "shape":
      leg.shape(command.shape);
      return true;
    case "message.start":
      leg.startMessage(command);
      return true;
    case "message.stop":
      return leg.stopMessage(command.recording);
    case "record.start":
      leg.record(command.recording);
      return true;
    case "record.mask":
      leg.mask(command.on);
      return true;
    case "record.stop":
      return leg.stopRecording(command.recording);
    default:
      return command satisfies never;
  }
}
