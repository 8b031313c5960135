/** ITU-T Q.23: each key is one tone of a low and one of a high group. */
const LOW_HZ = [697, 770, 852, 941] as const;
const HIGH_HZ = [1209, 1336, 1477, 1633] as const;
const ROWS = ["123A", "456B", "789C", "*0#D"] as const;

/** The two frequencies of a key, `0-9 * # A-D`; undefined for anything else. */
export function dtmfTones(key: string): readonly [number, number] | undefined {
  const row = ROWS.findIndex((keys) => key.length === 1 && keys.includes(key));
  return row < 0 ? undefined : [LOW_HZ[row]!, HIGH_HZ[ROWS[row]!.indexOf(key)]!];
}
