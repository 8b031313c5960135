// Where the numbers lead that somebody dials: to a plugin, a phone, or out over a trunk.
import type { CallRoute } from "../../core/call/call-manager.js";
import type { Leg } from "../../core/leg/leg.js";
import type { PluginHost } from "../../core/plugin-host/plugin-host.js";
import { phoneCallHandler } from "../../core/routing/phone-call.js";
import { outsideCallHandler, refusingHandler } from "../../core/routing/outside-call.js";
import type { OutgoingRule } from "../../core/routing/outgoing.js";
import { Routing } from "../../core/routing/routing.js";
import { valuesOf, type NumberSetting, type SettingsSnapshot, type Versioned } from "../../core/settings/setting.js";
import type { Access } from "./access.js";
import { ServerError } from "./error.js";
import { followNumbers } from "./live-settings.js";
import type { Parts } from "./parts.js";
import type { ServerOptions } from "./ports.js";

/** Where numbers lead. A hospital's number without a plugin leads nowhere, like one that is not there. */
export function routeCalls({ config }: ServerOptions, { plugins, access, isRegistered }: { readonly plugins: PluginHost; readonly access: Access; readonly isRegistered: (extension: string) => boolean }): (called: string, origin: Leg["origin"]) => CallRoute | undefined {
  const hospital = config.hospital.id;
  const routing = new Routing<NumberSetting>({
    hospital,
    get rules() {
      return usableRules(access);
    },
  });
  followNumbers(routing, hospital, access);
  return (called, origin) => {
    const destination = routing.find(called, origin.kind);
    const { language } = valuesOf(access.settings.snapshot.number)[0]!;
    switch (destination.kind) {
      case "hospital": {
        const { language: spoken, plugin } = destination.handler;
        const handler = plugins.registered.handlerOf(called, plugin);
        return handler && { hospital, language: spoken, handler, resumed: plugins.registered.resumedOf(called, plugin) };
      }
      case "phone": {
        const handler = phoneCallHandler(destination.extension);
        return { hospital, language, handler, resumed: handler, reaches: [{ kind: "phone", extension: destination.extension }] };
      }
      case "outside": {
        if (!isRegistered(origin.name)) return { hospital, language, handler: refusingHandler(403), resumed: refusingHandler(403), reaches: [] };
        const handler = outsideCallHandler(destination);
        return { hospital, language, handler, resumed: handler, reaches: destination.trunks.map((trunk) => ({ kind: "outside", number: destination.number, trunk })) };
      }
      case "unknown":
        return undefined;
      default:
        return destination satisfies never;
    }
  };
}

/** A trunk without an address takes no calls of ours: where a rule has no other, its numbers lead nowhere. */
function usableRules({ settings, trunks }: Access): readonly OutgoingRule[] {
  const takes = (name: string): boolean => trunks.get(name)?.address !== undefined;
  return settings.routing.outgoing.map((rule) => ({ ...rule, trunks: rule.trunks.filter(takes) })).filter((rule) => rule.trunks.length > 0);
}

/** Numbers and plugins must fit each other, also after each change of the settings. */
export function matchNumbers({ options, plugins, access }: Parts): void {
  // Also what the API took away: the plugin's section still says it.
  const numbers = new Set([...options.config.hospital.numbers.map(({ number }) => number), ...access.settings.snapshot.number.keys()]);
  const stranger = plugins.registered.numbers.names().find((number) => !numbers.has(number));
  if (stranger !== undefined) throw new ServerError("SERVER_NUMBER", `a plugin takes calls to ${stranger}; accepted: the numbers of hospital.numbers (${[...numbers].join(", ")})`);
  const silent = silentNumber(access.settings.snapshot, plugins);
  const sentence = silent && `${silent.value.number} is given to a plugin that takes no calls (${silent.value.plugin}); accepted: ${[...plugins.registered.answering].join(", ") || "none, for none does"}`;
  if (silent?.origin === "file") throw new ServerError("SERVER_NUMBER", sentence!);
  if (sentence !== undefined) options.ports.log.warn({}, sentence);
  access.settings.alsoCheck((next) => {
    // What a plugin that was taken away left behind keeps nobody from changing anything else.
    const changed = new Map([...next.number].filter(([number, setting]) => access.settings.snapshot.number.get(number) !== setting));
    const fault = silentNumber({ number: changed }, plugins);
    if (fault !== undefined) throw new Error(`numbers/${fault.value.number}.plugin: accepted: a plugin that takes calls (${[...plugins.registered.answering].join(", ") || "there is none"})`);
  });
}

function silentNumber({ number }: Pick<SettingsSnapshot, "number">, { registered: { answering } }: PluginHost): Versioned<NumberSetting> | undefined {
  return [...number.values()].find(({ value: { plugin } }) => plugin !== undefined && !answering.has(plugin));
}
