import { prompt, time, type SpeechPart } from "../../core/sdk/index.js";
import type { Period } from "./collections.js";

/** Between two choices, so that a caller hears where one ends. */
export const BETWEEN_CHOICES_MS = 300;

export const sayPeriod = ({ id, starts, ends }: Pick<Period, "id" | "starts" | "ends">): readonly SpeechPart[] => [prompt(`registration/${id}`), time(starts), prompt("registration/until"), time(ends)];
