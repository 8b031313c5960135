// What settings say of each other: a rule's trunks, a trunk's number, a phone's extension.

/** As far as they refer to each other. */
export interface Referring {
  /** The hospital's. */
  readonly numbers: readonly { readonly number: string }[];
  readonly phones: readonly { readonly extension: string }[];
  readonly trunks: readonly { readonly name: string; readonly number?: string; readonly register?: unknown }[];
  readonly outgoing: readonly { readonly prefix: string; readonly strip: number; readonly trunks: readonly string[] }[];
}

export interface ReferenceFault {
  readonly path: readonly (string | number)[];
  /** What would be accepted. */
  readonly message: string;
}

export function referenceFaults({ numbers, phones, trunks, outgoing }: Referring): readonly ReferenceFault[] {
  const own = new Set(numbers.map(({ number }) => number));
  const names = new Set(trunks.map(({ name }) => name));
  return [
    ...outgoing.flatMap((rule, i) => {
      const stranger = rule.trunks.findIndex((name) => !names.has(name));
      return [
        ...(stranger < 0 ? [] : [{ path: ["outgoing", i, "trunks", stranger], message: `accepted: a trunk's name (${[...names].join(", ") || "there is none"})` }]),
        ...(rule.strip <= rule.prefix.length ? [] : [{ path: ["outgoing", i, "strip"], message: "accepted: as many digits as the prefix has, or less" }]),
      ];
    }),
    ...trunks.flatMap(({ register, number }, i) => (register === undefined || number === undefined || own.has(number) ? [] : [{ path: ["trunks", i, "number"], message: "accepted: one of hospital.numbers, since calls by the registration lead to it" }])),
    ...numbers.flatMap(({ number }, i) => (numbers.findIndex((other) => other.number === number) === i ? [] : [{ path: ["hospital", "numbers", i, "number"], message: "accepted: each number once" }])),
    ...phones.flatMap(({ extension }, i) => (own.has(extension) ? [{ path: ["phones", i, "extension"], message: "accepted: another than the hospital's numbers" }] : [])),
  ];
}
