import { createHash } from "node:crypto";
import type { Sha256 } from "../recorder/sha256.js";

/** The platform's SHA-256. */
export function createSystemSha256(): Sha256 {
  const hash = createHash("sha256");
  return {
    update: (bytes) => void hash.update(bytes),
    hexDigest: () => hash.digest("hex"),
  };
}
