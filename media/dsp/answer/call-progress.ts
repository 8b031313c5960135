// What becomes of a call that we place, by what its signalling says and what is heard: each alone leaves half unsaid (a busy tone
// after a 183, a fax after a 200).
import { AnswerToneDetector } from "../cadence/answer-tone-detector.js";
import { NATIONAL_TONES, SPECIAL_TONES, type ToneCountry } from "../cadence/national-tones.js";
import { ToneDetector } from "../cadence/tone-detector.js";
import { AnswerClassifier, type AnswerOptions, type AnswerVerdict } from "./answer-classifier.js";

export type CallProgress =
  | { readonly state: "ringing"; readonly by: "signalling" | "sound" }
  | { readonly state: "answered"; readonly by: AnswerVerdict["who"]; readonly why: AnswerVerdict["why"] }
  | { readonly state: "fax" | "modem" }
  | { readonly state: "busy" | "congested" | "no-such-number" | "declined" | "no-answer" | "failed"; readonly by: "signalling" | "sound" };

export interface CallProgressOptions {
  readonly country: ToneCountry;
  readonly answer?: AnswerOptions;
}

type Heard = "dial" | "ringback" | "busy" | "congestion" | "sit" | "cng";

/** RFC 3261 section 21, and Q.850's causes as RFC 3398 section 8.2 maps them. */
const FINAL: Readonly<Record<number, Extract<CallProgress, { by: "signalling" | "sound" }>["state"]>> = { 486: "busy", 600: "busy", 404: "no-such-number", 410: "no-such-number", 484: "no-such-number", 604: "no-such-number", 603: "declined", 403: "declined", 408: "no-answer", 480: "no-answer", 487: "no-answer", 503: "congested" };

export class CallProgressAnalyser {
  readonly #tones: ToneDetector<Heard>;
  readonly #answerTone = new AnswerToneDetector();
  readonly #classifier: AnswerClassifier;
  #answered = false;
  #rang = false;
  #over = false;

  constructor({ country, answer }: CallProgressOptions) {
    const signals = [...Object.entries(NATIONAL_TONES[country]), ["sit", SPECIAL_TONES.sit] as const, ["cng", SPECIAL_TONES.cng] as const].map(([name, cadence]) => ({ name: name as Heard, cadence }));
    this.#tones = new ToneDetector(signals);
    this.#classifier = new AnswerClassifier(answer);
  }

  /** Nothing more comes: the last progress told was final. */
  get over(): boolean {
    return this.#over;
  }

  /** A response to our INVITE. 180 rings; 183 says nothing, its sound does. */
  onStatus(status: number): CallProgress | undefined {
    if (this.#over) return undefined;
    if (status === 180) return this.#ringing("signalling");
    if (status >= 200 && status < 300) this.#answered = true;
    if (status < 300) return undefined;
    return this.#end({ state: FINAL[status] ?? "failed", by: "signalling" });
  }

  /** 20 ms at 8000 Hz, before the answer (early media) and after it. */
  onSound(samples: Int16Array): CallProgress | undefined {
    if (this.#over) return undefined;
    const heard = this.#tones.push(samples);
    if (heard === "ringback" && !this.#answered) return this.#ringing("sound");
    if (heard === "busy") return this.#end({ state: "busy", by: "sound" });
    if (heard === "congestion") return this.#end({ state: "congested", by: "sound" });
    if (heard === "sit") return this.#end({ state: "no-such-number", by: "sound" });
    if (heard === "cng") return this.#end({ state: "fax" });
    if (!this.#answered) return undefined;
    if (this.#answerTone.push(samples) !== undefined) return this.#end({ state: "modem" });
    const verdict = this.#classifier.push(samples);
    return verdict === undefined ? undefined : this.#end({ state: "answered", by: verdict.who, why: verdict.why });
  }

  #ringing(by: "signalling" | "sound"): CallProgress | undefined {
    if (this.#rang) return undefined;
    this.#rang = true;
    return { state: "ringing", by };
  }

  #end(progress: CallProgress): CallProgress {
    this.#over = true;
    return progress;
  }
}
