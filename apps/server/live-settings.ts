// Applies what was changed through the API, to what it touches and to nothing else: no phone, call or carrier that it does
// not concern notices. What asks the settings anew for each call needs nothing here.
import type { Routing } from "../../core/routing/routing.js";
import type { SettingsSnapshot, Versioned } from "../../core/settings/setting.js";
import { valuesOf, type Access } from "./access.js";
import { registeringTrunks } from "./carriers.js";
import type { Registrations } from "../../core/trunks/registrations.js";

export interface LiveParts {
  readonly access: Access;
  readonly registrations: Registrations;
  readonly onFault: (error: unknown) => void;
}

/** A carrier's registrar that has not taken our binding back by then keeps it until it runs out. */
const UNREGISTER_MS_MAX = 2000;

export function followSettings({ access, registrations, onFault }: LiveParts): void {
  access.settings.onChange((after, before) => {
    if (after.phone !== before.phone) changePhones(access, { after, before }, onFault);
    if (after.trunk === before.trunk) return;
    const trunks = valuesOf(after.trunk);
    access.trunks.replace(access.carriers.definitions(trunks));
    registrations.replace(registeringTrunks(trunks, access.trunks), UNREGISTER_MS_MAX);
  });
}

interface Difference {
  readonly after: SettingsSnapshot;
  readonly before: SettingsSnapshot;
}

function changePhones({ phones, registrar }: Access, { after, before }: Difference, onFault: (error: unknown) => void): void {
  const changed = (extension: string, phone: Versioned<unknown>): boolean => before.phone.get(extension) !== phone;
  for (const [extension, phone] of after.phone) if (changed(extension, phone)) phones.put(phone.value);
  for (const extension of before.phone.keys()) {
    if (after.phone.has(extension)) continue;
    phones.remove(extension);
    registrar.forget(extension).catch(onFault);
  }
}

/** Keeps the extensions that `routing` knows those that there are. */
export function followExtensions<Handler>(routing: Routing<Handler>, hospital: string, access: Access): void {
  const taken = new Map<string, () => void>();
  const follow = ({ phone }: SettingsSnapshot): void => {
    for (const extension of phone.keys()) if (!taken.has(extension)) taken.set(extension, routing.addPhone({ hospital, extension }));
    for (const [extension, remove] of taken) {
      if (phone.has(extension)) continue;
      remove();
      taken.delete(extension);
    }
  };
  follow(access.settings.snapshot);
  access.settings.onChange(follow);
}
