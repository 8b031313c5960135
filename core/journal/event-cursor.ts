// The place in the journal of one node up to which somebody has read: `node:nodeSeq`.

export interface EventCursor {
  readonly node: string;
  /** The last one known; 0 for none. */
  readonly nodeSeq: number;
}

export const writeEventCursor = ({ node, nodeSeq }: EventCursor): string => `${node}:${nodeSeq}`;

/** Undefined for what no event bore. */
export function readEventCursor(text: string): EventCursor | undefined {
  const [, node, digits] = /^([a-z0-9]{1,64}):([0-9]{1,15})$/.exec(text) ?? [];
  return node === undefined ? undefined : { node, nodeSeq: Number(digits) };
}
