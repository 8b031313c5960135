// What each trunk and phone is offered: its own list or everybody's, without what this machine lacks.
import type { Config } from "../../core/config/schema.js";
import type { Leg } from "../../core/leg/leg.js";
import type { CodecName } from "../../media/engine/command.js";

export function codecsOf({ media, phones, trunks }: Pick<Config, "media" | "phones" | "trunks">, available: readonly CodecName[]): (origin: Leg["origin"]) => readonly CodecName[] {
  const had = (codecs: readonly CodecName[] | undefined): readonly CodecName[] => {
    const left = (codecs ?? media.codecs).filter((codec) => available.includes(codec));
    // A list of nothing that we have would refuse every call.
    return left.length > 0 ? left : ["PCMA", "PCMU"];
  };
  const lists = {
    phone: new Map(phones.map(({ extension, codecs }) => [extension, had(codecs)])),
    trunk: new Map(trunks.map(({ name, codecs }) => [name, had(codecs)])),
  };
  const common = had(undefined);
  return ({ kind, name }) => lists[kind].get(name) ?? common;
}
