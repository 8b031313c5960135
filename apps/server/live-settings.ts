// Applies what was changed through the API, to what it touches and to nothing else: no phone, call or carrier that it does
// not concern notices. What asks the settings anew for each call needs nothing here.
import type { Routing } from "../../core/routing/routing.js";
import { valuesOf, type NumberSetting, type SettingsSnapshot, type Versioned } from "../../core/settings/setting.js";
import type { Access } from "./access.js";
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
    // A trunk without a number of its own shows the hospital's first one.
    if (after.trunk === before.trunk && after.number === before.number) return;
    access.trunks.replace(access.carriers.definitions(after));
    registrations.replace(registeringTrunks(valuesOf(after.trunk), access.trunks), UNREGISTER_MS_MAX);
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

/** Keeps what `routing` knows the numbers and extensions that there are. */
export function followNumbers(routing: Routing<NumberSetting>, hospital: string, { settings }: Access): void {
  const numbers = new Follower<NumberSetting>((number, handler) => routing.addHospitalNumber({ hospital, number, handler }));
  const phones = new Follower<unknown>((extension) => routing.addPhone({ hospital, extension }));
  const follow = ({ number, phone }: SettingsSnapshot): void => {
    // Before anything is added: what was a phone's extension may be the hospital's number now.
    numbers.forget(number);
    phones.forget(phone);
    numbers.take(number);
    phones.take(phone);
  };
  follow(settings.snapshot);
  settings.onChange(follow);
}

/** Adds what is there now, takes away what is not any more. */
class Follower<T> {
  readonly #taken = new Map<string, { readonly setting: Versioned<T>; readonly remove: () => void }>();

  constructor(readonly add: (name: string, value: T) => () => void) {}

  forget(now: ReadonlyMap<string, Versioned<T>>): void {
    for (const [name, { setting, remove }] of this.#taken) {
      if (now.get(name) === setting) continue;
      remove();
      this.#taken.delete(name);
    }
  }

  take(now: ReadonlyMap<string, Versioned<T>>): void {
    for (const [name, setting] of now) if (!this.#taken.has(name)) this.#taken.set(name, { setting, remove: this.add(name, setting.value) });
  }
}
