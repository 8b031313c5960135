// Ports below those that the system hands out by itself, a block for each process, so that two runs on one machine do not meet;
// what `npm test` runs at once has blocks side by side.
import { env, pid } from "node:process";

const FIRST = 10_000;
const BLOCK = 500;
const BLOCKS = 44;

const block = FIRST + (Number(env["RINGWARD_TEST_BLOCK"] ?? pid) % BLOCKS) * BLOCK;

/** The server's sound. */
export const SERVER_RTP = { min: block, max: block + 299 } as const;
/** sipp's sound: it takes this one and the next even ones. */
export const SIPP_RTP = block + 300;
/** Of all baresips of a test. */
export const BARESIP_RTP = { min: block + 340, max: block + 439 } as const;
/** What servers and peers listen on: each the next one, too, as baresip does for TLS. */
export const LISTENING = { min: block + 440, max: block + 499 } as const;
