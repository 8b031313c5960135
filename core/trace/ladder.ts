// The ladder of a call as text: one column a far side, ours in the middle, time downwards.

export interface LadderDialog {
  readonly direction: "incoming" | "outgoing";
  readonly party: string;
  readonly remote: string;
}

export interface LadderRow {
  readonly utcMs: number;
  /** Place in the dialogs; absent for a note, which stands across the ladder. */
  readonly dialog?: number;
  readonly direction?: "received" | "sent";
  readonly text: string;
}

const COLUMN = 34;
const TIME = 11;

/** Lines without their ends. `rows` are in order. */
export function drawLadder(dialogs: readonly LadderDialog[], rows: readonly LadderRow[]): readonly string[] {
  // Whoever called us stands left of us, whoever we called right.
  const left = dialogs.flatMap((dialog, i) => (dialog.direction === "incoming" ? [i] : []));
  const right = dialogs.flatMap((dialog, i) => (dialog.direction === "incoming" ? [] : [i]));
  const order: readonly (number | undefined)[] = [...left, undefined, ...right];
  const place = (dialog: number | undefined): number => TIME + order.indexOf(dialog) * COLUMN;
  const posts = order.map((dialog) => place(dialog));
  const startMs = rows[0]?.utcMs ?? 0;
  const heads = [order.map((i) => (i === undefined ? "ringward" : dialogs[i]!.party || "anonymous")), order.map((i) => (i === undefined ? "" : dialogs[i]!.remote))];
  return [
    ...heads.map((head) => " ".repeat(TIME) + head.map((text) => text.slice(0, COLUMN - 2).padEnd(COLUMN)).join("").trimEnd()),
    ...rows.map((row) => {
      const time = `+${((row.utcMs - startMs) / 1000).toFixed(3)}`.padEnd(TIME);
      if (row.dialog === undefined) return `${time}-- ${row.text}`;
      return draw(time, posts, { from: place(row.dialog), to: place(undefined), rightward: (row.direction === "received") === place(row.dialog) < place(undefined), text: row.text });
    }),
  ];
}

function draw(time: string, posts: readonly number[], arrow: { readonly from: number; readonly to: number; readonly rightward: boolean; readonly text: string }): string {
  const [start, end] = [Math.min(arrow.from, arrow.to), Math.max(arrow.from, arrow.to)];
  const room = end - start - 1;
  const label = ` ${arrow.text} `.slice(0, room - 4);
  const line = arrow.rightward ? `${`-${label}`.padEnd(room - 1, "-")}>` : `<${`-${label}`.padEnd(room - 1, "-")}`;
  const canvas = [...time.padEnd(posts.at(-1)! + 1)];
  for (const post of posts) canvas[post] = "|";
  canvas.splice(start + 1, room, ...line);
  return canvas.join("");
}
