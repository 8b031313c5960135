import t from "tap";
import { SimRandom } from "../../protocol/base/sim-random.js";
import { SecretSeal } from "./secret-seal.js";

const pepper = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
const random = new SimRandom(5);
const seal = new SecretSeal({ random, pepper: pepper(7) });

for (const secret of ["", "x", "carrier-secret", "中文, \u{1f600} and \0", "y".repeat(200)]) {
  t.test(`a secret of ${secret.length} characters comes out as it went in, and is not to be seen`, async (t) => {
    const sealed = seal.seal(secret);
    t.match(sealed, /^[A-Za-z0-9+/]+=*$/);
    t.equal(seal.open(sealed), secret);
    if (secret.length > 8) t.notOk(Buffer.from(sealed, "base64").includes(secret));
    t.not(seal.seal(secret), sealed, "the same twice does not look the same");
    t.equal(new SecretSeal({ random: new SimRandom(6), pepper: pepper(7) }).open(sealed), secret, "by another process with that key");
    t.equal(new SecretSeal({ random, pepper: pepper(8) }).open(sealed), undefined, "another key");
  });
}

t.test("what was changed by a single bit, cut or lengthened is not opened", async (t) => {
  const bytes = Buffer.from(seal.seal("carrier-secret"), "base64");
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const other = Buffer.from(bytes);
    other[bit >> 3]! ^= 1 << (bit & 7);
    if (seal.open(other.toString("base64")) !== undefined) t.fail(`bit ${bit}`);
  }
  for (let length = 0; length < bytes.length; length++) if (seal.open(bytes.subarray(0, length).toString("base64")) !== undefined) t.fail(`cut to ${length} bytes`);
  t.equal(seal.open(Buffer.concat([bytes, Buffer.alloc(1)]).toString("base64")), undefined, "lengthened");
  t.equal(seal.open(Buffer.concat([bytes, bytes]).toString("base64")), undefined, "twice");
});

for (const text of ["", "====", "no base64 at all: \u{1f600}", "carrier-secret", `2:${"A".repeat(80)}`, "A".repeat(100_000)]) {
  t.test(`no sealed text: ${text.slice(0, 30)}`, async (t) => t.equal(seal.open(text), undefined));
}

t.test("what the first release sealed is opened by every later one", async (t) => {
  t.equal(seal.open("mXLaqyyGRZ/deD/hdcGJ8EEvKf9KwCu+eaPft2Rhxl88kluhEdEu7QDl"), "carrier-secret");
});
