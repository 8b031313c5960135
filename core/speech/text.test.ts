import t from "tap";
import { announce, textsToRead } from "./announcement.js";
import { number, prompt, text } from "./part.js";

const samples = new Int16Array(new SharedArrayBuffer(320));
const voice = {
  resolve: (language: string, name: string): string => `${language}/${name}`,
  has: (_: string, name: string): boolean => name !== "registration/doctor-new",
  sound: (words: string): { readonly samples: Int16Array } | undefined => (words === "Dr. Lost" ? undefined : { samples }),
};

t.test("what has no recording is read; what has one is not", async (t) => {
  const what = [text("The lift is out of order."), prompt("registration/doctor-new", "Dr. New"), prompt("registration/doctor-wang", "Dr. Wang"), number(1)];
  t.same(textsToRead(what, "en", voice), ["The lift is out of order.", "Dr. New"]);
  t.same(announce(what, "en", voice), [{ kind: "sound", samples }, { kind: "sound", samples }, { kind: "prompt", prompt: "en/registration/doctor-wang" }, { kind: "prompt", prompt: "en/speech/1" }]);
  t.same(textsToRead("core/goodbye", "en", voice), []);
});

t.test("what could not be read: a text is not heard, a name falls back to its recording in another language", async (t) => {
  t.same(announce([text("Dr. Lost"), prompt("registration/doctor-new", "Dr. Lost")], "en", voice), [{ kind: "prompt", prompt: "en/registration/doctor-new" }]);
  t.same(announce([text("a")], "en", { resolve: voice.resolve }), []);
  t.same(textsToRead([prompt("registration/doctor-new", "Dr. New")], "en", {}), [], "nobody knows which recordings there are");
});
