/** SHA-256 of what comes bit by bit; one-shot digests would need a whole recording in memory. */
export interface Sha256 {
  update(bytes: Uint8Array): void;
  /** Lower-case hex; the last call. */
  hexDigest(): string;
}

export type CreateSha256 = () => Sha256;
