// The hospital's own apps, by the names that the settings know them by.
export const BUILTIN_PLUGINS: Readonly<Record<string, () => Promise<unknown>>> = {};
