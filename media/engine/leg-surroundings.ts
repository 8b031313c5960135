// What a leg needs of its engine.
import type { Clock } from "../../protocol/base/clock.js";
import type { Random } from "../../protocol/base/random.js";
import type { CodecCatalog } from "../codec/catalog.js";
import type { PlayedSound } from "../player/played-sound.js";
import type { ChunkPool } from "../recorder/chunk-pool.js";
import type { RecordingStore } from "../recorder/recording-store.js";
import type { CreateSha256 } from "../recorder/sha256.js";
import type { BeatTaker } from "./beats.js";
import type { MediaEvent } from "./command.js";

export interface LegSurroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly recordings: RecordingStore;
  readonly chunks: ChunkPool;
  readonly createSha256: CreateSha256;
  readonly codecs: CodecCatalog;
  readonly prompts: ReadonlyMap<string, PlayedSound>;
  readonly jitterMs: number;
  /** When tick 0 was. */
  readonly epochMs: number;
  /** Of the tick that runs or ran last. */
  tick(): number;
  /** Now, in units of 1/8 ms since the engine's start: tick n begins at 160 n. */
  units(): number;
  emit(event: MediaEvent): void;
  /** `leg` needs its beat only every now and then, since its packets pass by themselves. */
  rest(leg: BeatTaker): void;
  /** `leg` needs every beat again. */
  wake(leg: BeatTaker): void;
}
