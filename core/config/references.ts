// What settings say of each other: a rule's trunks, a trunk's number, a number's plugin, a phone's extension.

/** As far as they refer to each other. */
export interface Referring {
  /** The hospital's. */
  readonly numbers: readonly { readonly number: string; readonly plugin?: string }[];
  /** Their names. */
  readonly plugins: readonly string[];
  readonly vips: readonly { readonly number: string }[];
  readonly phones: readonly { readonly extension: string }[];
  readonly trunks: readonly { readonly name: string; readonly number?: string; readonly register?: unknown }[];
  readonly outgoing: readonly { readonly prefix: string; readonly strip: number; readonly trunks: readonly string[] }[];
}

export interface ReferenceFault {
  readonly path: readonly (string | number)[];
  /** What would be accepted. */
  readonly message: string;
}

export function referenceFaults({ numbers, plugins, vips, phones, trunks, outgoing }: Referring): readonly ReferenceFault[] {
  const own = new Set(numbers.map(({ number }) => number));
  const names = new Set(trunks.map(({ name }) => name));
  return [
    ...(numbers.length > 0 ? [] : [{ path: ["hospital", "numbers"], message: "accepted: at least one" }]),
    ...outgoing.flatMap((rule, i) => {
      const stranger = rule.trunks.findIndex((name) => !names.has(name));
      return [
        ...(stranger < 0 ? [] : [{ path: ["outgoing", i, "trunks", stranger], message: `accepted: a trunk's name (${[...names].join(", ") || "there is none"})` }]),
        ...(rule.strip <= rule.prefix.length ? [] : [{ path: ["outgoing", i, "strip"], message: "accepted: as many digits as the prefix has, or less" }]),
      ];
    }),
    ...trunks.flatMap(({ register, number }, i) => (register === undefined || number === undefined || own.has(number) ? [] : [{ path: ["trunks", i, "number"], message: "accepted: one of hospital.numbers, since calls by the registration lead to it" }])),
    ...numbers.flatMap(({ number }, i) => (numbers.findIndex((other) => other.number === number) === i ? [] : [{ path: ["hospital", "numbers", i, "number"], message: "accepted: each number once" }])),
    ...numbers.flatMap(({ plugin }, i) => (plugin === undefined || plugins.includes(plugin) ? [] : [{ path: ["hospital", "numbers", i, "plugin"], message: `accepted: a plugin of the settings (${plugins.join(", ") || "there is none"})` }])),
    ...vips.flatMap(({ number }, i) => (own.has(number) ? [{ path: ["vips", i, "number"], message: "accepted: a caller's number, none of the hospital's" }] : [])),
    ...phones.flatMap(({ extension }, i) => (own.has(extension) ? [{ path: ["phones", i, "extension"], message: "accepted: another than the hospital's numbers" }] : [])),
  ];
}
