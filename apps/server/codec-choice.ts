// What each trunk and phone is offered: its own list or everybody's, without what this machine lacks.
import type { Config } from "../../core/config/schema.js";
import type { Leg } from "../../core/leg/leg.js";
import type { SettingsSnapshot } from "../../core/settings/setting.js";
import type { CodecName } from "../../media/engine/command.js";

/** @param snapshot asked for each leg: it may be another one by then */
export function codecsOf({ media }: Pick<Config, "media">, available: readonly CodecName[], snapshot: () => SettingsSnapshot): (origin: Leg["origin"]) => readonly CodecName[] {
  const had = (codecs: readonly CodecName[] | undefined): readonly CodecName[] => {
    const left = (codecs ?? media.codecs).filter((codec) => available.includes(codec));
    // A list of nothing that we have would refuse every call.
    return left.length > 0 ? left : ["PCMA", "PCMU"];
  };
  return ({ kind, name }) => had(snapshot()[kind].get(name)?.value.codecs);
}
