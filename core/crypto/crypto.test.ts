import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { SimRandom } from "../../protocol/base/sim-random.js";
import { loadOrCreateKey } from "./key-file.js";
import { NodeCrypto, systemRandom } from "./node-crypto.js";
import { SecretHash } from "./secret-hash.js";
import { SimCrypto } from "./sim-crypto.js";

const text = (s: string): Uint8Array => new TextEncoder().encode(s);
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const crypto = new NodeCrypto();

t.test("RFC 7914 section 12: scrypt, the first 32 bytes of its vectors", async (t) => {
  for (const row of [
    { secret: "", salt: "", cost: { n: 16, r: 1, p: 1 }, out: "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442" },
    { secret: "password", salt: "NaCl", cost: { n: 1024, r: 8, p: 16 }, out: "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162" },
    { secret: "pleaseletmein", salt: "SodiumChloride", cost: { n: 16384, r: 8, p: 1 }, out: "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2" },
  ]) t.equal(hex(await crypto.scrypt(text(row.secret), text(row.salt), row.cost)), row.out, row.secret);
});

t.test("RFC 1321 A.5, FIPS 180-4, RFC 4231 section 4.3: digests", async (t) => {
  t.equal(hex(crypto.digest("md5", text("abc"))), "900150983cd24fb0d6963f7d28e17f72");
  t.equal(hex(crypto.digest("sha256", text("abc"))), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  t.equal(hex(crypto.hmacSha256(text("Jefe"), text("what do ya want for nothing?"))), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  t.ok(crypto.equal(text("abc"), text("abc")));
  t.notOk(crypto.equal(text("abc"), text("abd")));
  t.notOk(crypto.equal(text("abc"), text("abcd")));
});

t.test("a secret is kept as scrypt of what the pepper made of it", async (t) => {
  const options = { crypto: new SimCrypto(), random: new SimRandom(7), pepper: new Uint8Array(32).fill(1), cost: { n: 2, r: 1, p: 1 } };
  const secrets = new SecretHash(options);
  const kept = await secrets.hash("1234");
  t.match(kept, /^scrypt\$2\$1\$1\$[^$]+\$[^$]+$/);
  t.notMatch(kept, "1234");
  t.not(await secrets.hash("1234"), kept, "a salt of its own");
  t.ok(await secrets.verify("1234", kept));
  t.notOk(await secrets.verify("1235", kept));
  t.notOk(await new SecretHash({ ...options, pepper: new Uint8Array(32).fill(2) }).verify("1234", kept), "another pepper");
  t.ok(await new SecretHash({ ...options, cost: { n: 4, r: 1, p: 1 } }).verify("1234", kept), "a hash carries its own cost");
  await t.rejects(secrets.hash("1".repeat(257)), RangeError);
  const long = await secrets.hash("1".repeat(256));
  t.ok(await secrets.verify("1".repeat(256), long));
  t.notOk(await secrets.verify("1".repeat(257), long));
  t.throws(() => new SecretHash({ ...options, pepper: new Uint8Array(8) }), RangeError);
});

t.test("an absent or malformed hash costs a derivation and is never right", async (t) => {
  let derivations = 0;
  class Counting extends SimCrypto {
    override scrypt(...args: Parameters<SimCrypto["scrypt"]>): Promise<Uint8Array> {
      derivations++;
      return super.scrypt(...args);
    }
  }
  const secrets = new SecretHash({ crypto: new Counting(), random: systemRandom, pepper: systemRandom.bytes(32) });
  const good = await secrets.hash("1234");
  const zero = `scrypt$2$1$1$AAAA$${"A".repeat(43)}=`;
  const rows = [undefined, "", "1234", good.slice(0, -1), good.replace("16384", "16383"), good.replace("16384", "9999999"), good.replace("$8$", "$0$"), good.replace("scrypt", "bcrypt"), zero];
  for (const row of rows) {
    derivations = 0;
    t.notOk(await secrets.verify("1234", row), String(row));
    t.equal(derivations, 1);
  }
});

t.test("a key file is made once, for its owner alone", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "ringward-key-"));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const path = join(directory, "keys", "pepper");
  const key = loadOrCreateKey(path, systemRandom);
  t.equal(key.length, 32);
  t.equal(statSync(path).mode & 0o777, 0o600);
  t.equal(hex(loadOrCreateKey(path, systemRandom)), hex(key));
  t.equal(readFileSync(path, "utf8"), `${hex(key)}\n`);
  chmodSync(path, 0o644);
  t.throws(() => loadOrCreateKey(path, systemRandom), { code: "KEY_FILE_OPEN_TO_OTHERS" });
  chmodSync(path, 0o600);
  writeFileSync(path, "short");
  t.throws(() => loadOrCreateKey(path, systemRandom), { code: "KEY_FILE_MALFORMED" });
  t.throws(() => loadOrCreateKey(join(path, "below-a-file"), systemRandom), { code: "KEY_FILE_IO" });
});
