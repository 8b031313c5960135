import { readFileSync } from "node:fs";
import t from "tap";
import { isLoopback, parseListen } from "./address.js";
import { parseConfig } from "./config.js";
import { ConfigError, type ConfigErrorCode } from "./error.js";
import type { Config } from "./schema.js";

const HOSPITAL = 'hospital: {id: h, name: H, timeZone: Asia/Shanghai, currency: CNY, numbers: [{number: "95001", language: zh-CN}]}\n';
const parse = (text: string, environment: Record<string, string> = {}): Config => parseConfig({ file: "c.yaml", text, environment });

function refusal(text: string, environment: Record<string, string> = {}): ConfigError {
  try {
    parse(text, environment);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error(`accepted: ${text}`);
}

t.test("the demo hospital is the one that the README promises", async (t) => {
  const file = new URL("../../../examples/demo-hospital/config.yaml", import.meta.url);
  const config = parseConfig({ file: "config.yaml", text: readFileSync(file, "utf8"), environment: {} });
  t.same(config.sip, { listen: { address: "127.0.0.1", port: 5060 }, digest: ["md5"] });
  t.match(config.rtp, { address: "127.0.0.1", portMin: 20_000, portMax: 29_999 });
  t.same(config.http, { listen: { address: "127.0.0.1", port: 8080 } });
  t.same([config.data, config.drainMs, config.hospital.timeZone, config.hospital.currency], ["./data", 30_000, "Asia/Shanghai", "CNY"]);
  t.same(config.hospital.numbers, [
    { number: "95001", language: "zh-CN" },
    { number: "95002", language: "en" },
  ]);
  t.match(config.trunks, [{ name: "demo-carrier", sources: ["127.0.0.1"] }]);
  t.same([config.outgoing, config.trunks[0]!.address], [[{ prefix: "", strip: 0, add: "", trunks: ["demo-carrier"] }], undefined], "outside numbers lead nowhere");
  t.same(parseConfig({ file: "config.yaml", text: readFileSync(file, "utf8"), environment: { RINGWARD_CARRIER: "127.0.0.1:5080" } }).trunks[0]!.address, { address: "127.0.0.1", port: 5080 }, "until the carrier's address is told");
  t.same(
    config.phones,
    [1001, 1002, 1003, 1004, 1005].map((extension) => ({ extension: String(extension), password: `demo-${extension}`, nat: true })),
  );
});

t.test("what is left out has its default, and all of it is frozen", async (t) => {
  const config = parse(HOSPITAL);
  t.same(config.sip.listen, { address: "127.0.0.1", port: 5060 });
  t.same(config.rtp, { address: "127.0.0.1", portMin: 20_000, portMax: 29_999, jitterMs: 60 });
  t.same([config.logLevel, config.drainMs, config.trunks, config.phones, config.plugins], ["info", 30_000, [], [], {}]);
  t.ok(Object.isFrozen(config) && Object.isFrozen(config.sip.listen) && Object.isFrozen(config.hospital.numbers[0]));
});

t.test("the environment wins over the file, section by section", async (t) => {
  const text = `${HOSPITAL}sip: {listen: "127.0.0.1:1"}\nrtp: {jitterMs: 40}\n`;
  const config = parse(text, { RINGWARD_SIP: "127.0.0.2:5070", RINGWARD_RTP: "30000-30099", RINGWARD_HTTP: "[::1]:0", RINGWARD_DATA: "/srv/ringward" });
  t.same(config.sip.listen, { address: "127.0.0.2", port: 5070 });
  t.same(config.rtp, { address: "127.0.0.1", portMin: 30_000, portMax: 30_099, jitterMs: 40 });
  t.same(config.http.listen, { address: "::1", port: 0 });
  t.equal(config.data, "/srv/ringward");
  t.same(parse(text, { RINGWARD_MEDIA_NET: "dgram", RINGWARD_MEDIA_WORKERS: "2", RINGWARD_MEDIA_PLACEMENT: "apart", RINGWARD_MEDIA_CODECS: "opus, PCMA" }).media, { codecs: ["opus", "PCMA"], comfortNoise: "receive", keyTones: "pass", net: "dgram", workers: 2, placement: "apart" });
  t.same(parse(text, { RINGWARD_SIP: "" }).sip.listen, { address: "127.0.0.1", port: 1 }, "an empty variable is as good as none");
});

t.test("a value can be taken from the environment", async (t) => {
  const text = `${HOSPITAL}phones: [{extension: "1001", password: "\${PHONE}"}]\n`;
  t.equal(parse(text, { PHONE: "s3cret" }).phones[0]!.password, "s3cret");
  t.equal(parse(`${HOSPITAL}phones: [{extension: "1001", password: "a\${PHONE}"}]\n`, {}).phones[0]!.password, "a${PHONE}", "only a whole value is a reference");
});

t.test("a plugin's section is handed on as it is", async (t) => {
  const config = parse(`${HOSPITAL}plugins:\n  billing:\n  acd: {queues: {operators: ["1001"]}}\n  opening-hours: {module: ./opening-hours.js, number: "1"}\n`);
  t.same(config.plugins, { billing: {}, acd: { queues: { operators: ["1001"] } }, "opening-hours": { module: "./opening-hours.js", number: "1" } });
  t.same(Object.keys(config.plugins), ["billing", "acd", "opening-hours"]);
});

t.test("a wrong setting is refused in one line that names file, path, value and what is accepted", async (t) => {
  const rows: readonly (readonly [string, ConfigErrorCode, string])[] = [
    ["sip: {listen: everywhere}\n" + HOSPITAL, "CONFIG_INVALID", 'c.yaml: sip.listen is "everywhere"; accepted: host:port with a numeric address, e.g. 127.0.0.1:5060; port 0 lets the system choose'],
    ["sip: {listen: \"0.0.0.0:5060\"}\n" + HOSPITAL, "CONFIG_INVALID", 'c.yaml: sip.listen is "0.0.0.0:5060"; accepted: one address of this machine, not all of them (far sides are told it)'],
    ["sip: {port: 5060}\n" + HOSPITAL, "CONFIG_INVALID", "c.yaml: sip.port is not known"],
    ["spi: {}\n" + HOSPITAL, "CONFIG_INVALID", "c.yaml: spi is not known"],
    ["rtp: {portMin: 20}\n" + HOSPITAL, "CONFIG_INVALID", "c.yaml: rtp.portMin is 20; accepted: 1024 or more"],
    ["rtp: {portMin: 20000, portMax: 20001}\n" + HOSPITAL, "CONFIG_INVALID", "c.yaml: rtp.portMax is 20001; accepted: at least 3 above rtp.portMin (a call needs two ports a leg)"],
    ["rtp: {jitterMs: 50}\n" + HOSPITAL, "CONFIG_INVALID", "c.yaml: rtp.jitterMs is 50; accepted: a multiple of 20"],
    ["drainMs: soon\n" + HOSPITAL, "CONFIG_INVALID", 'c.yaml: drainMs is "soon"; accepted: a number'],
    ["logLevel: loud\n" + HOSPITAL, "CONFIG_INVALID", 'c.yaml: logLevel is "loud"; accepted: fatal, error, warn, info, debug, trace, silent'],
    ["", "CONFIG_INVALID", "c.yaml: hospital is missing; accepted: a mapping"],
    [HOSPITAL.replace("Asia/Shanghai", "Asia/Nowhere"), "CONFIG_INVALID", 'c.yaml: hospital.timeZone is "Asia/Nowhere"; accepted: a zone of the IANA list, e.g. Asia/Shanghai'],
    [HOSPITAL.replace("zh-CN", "fr"), "CONFIG_INVALID", 'c.yaml: hospital.numbers.0.language is "fr"; accepted: zh-CN, en'],
    [HOSPITAL.replace('"95001"', "95001"), "CONFIG_INVALID", "c.yaml: hospital.numbers.0.number is 95001; accepted: a text (digits alone need quotes)"],
    [HOSPITAL.replace(/\[\{.*\}\]/, "[]"), "CONFIG_INVALID", "c.yaml: hospital.numbers is []; accepted: at least one"],
    [HOSPITAL + 'phones: [{extension: "1001", password: a}, {extension: "1001", password: b}]\n', "CONFIG_INVALID", "accepted: each extension once"],
    [HOSPITAL + 'phones: [{extension: "1001", password: 12345}]\n', "CONFIG_INVALID", "c.yaml: phones.0.password is not accepted; accepted: a text (digits alone need quotes)"],
    [HOSPITAL + 'phones: [{extension: "1001", password: "${NO_SUCH}"}]\n', "CONFIG_ENVIRONMENT", "c.yaml: phones.0.password is taken from the environment variable NO_SUCH, which is not set"],
    [HOSPITAL + "trunks: [{name: t, sources: [example.com]}]\n", "CONFIG_INVALID", 'c.yaml: trunks.0.sources.0 is "example.com"; accepted: a numeric address or a range, e.g. 192.0.2.0/24'],
    [HOSPITAL + "trunks: [{name: t, sources: [192.0.2.0/33]}]\n", "CONFIG_INVALID", "trunks.0.sources.0"],
    [HOSPITAL + "trunks: [{name: t}]\n", "CONFIG_INVALID", "c.yaml: trunks.0.sources is missing; accepted: at least one"],
    [HOSPITAL + 'trunks: [{name: t, address: "carrier.example:5060"}]\n', "CONFIG_INVALID", 'c.yaml: trunks.0.address is "carrier.example:5060"; accepted: host:port with a numeric address, e.g. 192.0.2.1:5060'],
    [HOSPITAL + 'trunks: [{name: t, address: "192.0.2.1:0"}]\n', "CONFIG_INVALID", "trunks.0.address"],
    [HOSPITAL + 'trunks: [{name: t, address: "192.0.2.1:5060", register: {}}]\n', "CONFIG_INVALID", "c.yaml: trunks.0.account is missing; accepted: username and password, which a registration needs"],
    [HOSPITAL + 'trunks: [{name: t, sources: [192.0.2.1], account: {username: a, password: b}, register: {}}]\n', "CONFIG_INVALID", "c.yaml: trunks.0.address is missing; accepted: host:port, where the registration goes"],
    [HOSPITAL + 'trunks: [{name: t, address: "192.0.2.1:5060", account: {username: a, password: 12345}}]\n', "CONFIG_INVALID", "c.yaml: trunks.0.account.password is not accepted"],
    [HOSPITAL + 'trunks: [{name: t, address: "192.0.2.1:5060", number: "95009", account: {username: a, password: b}, register: {}}]\n', "CONFIG_INVALID", "c.yaml: trunks.0.number is \"95009\"; accepted: one of hospital.numbers"],
    [HOSPITAL + 'trunks: [{name: t, sources: [192.0.2.1], callerFrom: [to]}]\n', "CONFIG_INVALID", 'c.yaml: trunks.0.callerFrom.0 is "to"; accepted: p-asserted-identity, remote-party-id, from'],
    [HOSPITAL + "outgoing: [{trunks: [nobody]}]\n", "CONFIG_INVALID", 'c.yaml: outgoing.0.trunks.0 is "nobody"; accepted: a trunk\'s name (there is none)'],
    [HOSPITAL + 'trunks: [{name: t, sources: [192.0.2.1]}]\noutgoing: [{prefix: "9", strip: 2, trunks: [t]}]\n', "CONFIG_INVALID", "c.yaml: outgoing.0.strip is 2; accepted: as many digits as the prefix has, or less"],
    [HOSPITAL + 'phones: [{extension: "95001", password: a}]\n', "CONFIG_INVALID", "c.yaml: phones.0.extension is \"95001\"; accepted: another than the hospital's numbers"],
    [HOSPITAL + "plugins: {Bad_Name: {}}\n", "CONFIG_INVALID", "c.yaml: plugins.Bad_Name"],
    [HOSPITAL + "sip: [\n", "CONFIG_YAML", "c.yaml: line "],
    [HOSPITAL + "trunks: &a []\nphones: *a\n", "CONFIG_YAML", "accepted: YAML without aliases"],
    ["- a list\n", "CONFIG_INVALID", "c.yaml: accepted: a mapping of settings"],
  ];
  for (const [text, code, message] of rows) {
    const error = refusal(text);
    t.equal(error.code, code, message);
    t.ok(error.message.includes(message), `says: ${error.message}`);
    t.notMatch(error.message, /\n/, "one line");
    t.notMatch(error.message, /12345/, "no secret in it");
  }
});

t.test("a trunk: what is left out, and a carrier's address from the environment", async (t) => {
  const text = `${HOSPITAL}trunks: [{name: a, address: "192.0.2.1:5060", account: {username: u, password: "\${SECRET}", realm: r}, register: {}}, {name: b, sources: [192.0.2.2]}]\noutgoing: [{trunks: [a, b]}]\n`;
  const config = parse(text, { SECRET: "s3cret" });
  t.match(config.trunks[0], { sources: [], account: { password: "s3cret" }, register: { expiresS: 3600 }, showNumberIn: "from", callerFrom: ["from"], tcp: true, silenceMs: 5000, nat: false, maxCalls: 1000 });
  t.same(config.outgoing, [{ prefix: "", strip: 0, add: "", trunks: ["a", "b"] }]);
  t.same(parse(text, { SECRET: "x", RINGWARD_CARRIER: "198.51.100.1:5080" }).trunks[0]!.address, { address: "198.51.100.1", port: 5080 });
  t.match(refusal(text, { SECRET: "x", RINGWARD_CARRIER: "nonsense" }).message, /^environment RINGWARD_CARRIER: trunks\.0\.address is "nonsense"/);
  t.match(refusal(HOSPITAL, { RINGWARD_CARRIER: "198.51.100.1:5080" }).message, /RINGWARD_CARRIER is the address of the first trunk, and there is none/);
});

t.test("a wrong variable is named itself", async (t) => {
  t.equal(refusal(HOSPITAL, { RINGWARD_SIP: "nonsense" }).message.split(";")[0], 'environment RINGWARD_SIP: sip.listen is "nonsense"');
  t.match(refusal(HOSPITAL, { RINGWARD_MEDIA_WORKERS: "some" }).message, /^environment RINGWARD_MEDIA_WORKERS: media.workers is "some"/);
  t.equal(refusal(HOSPITAL, { RINGWARD_RTP: "20000" }).message, 'environment: RINGWARD_RTP is "20000"; accepted: min-max, e.g. 20000-29999');
  t.match(refusal(HOSPITAL, { RINGWARD_RTP: "20000-99999" }).message, /^environment RINGWARD_RTP: rtp.portMax is 99999; accepted: 65535 or less/);
});

t.test("published or empty passwords work on loopback only", async (t) => {
  const phone = (password: string): string => `${HOSPITAL}phones: [{extension: "1001", password: "${password}"}]\n`;
  for (const password of ["", "1001", "demo-1001"]) {
    t.ok(parse(phone(password)), `"${password}" on loopback`);
    for (const [environment, setting] of [
      [{ RINGWARD_SIP: "192.0.2.1:5060" }, "sip.listen"],
      [{ RINGWARD_HTTP: "0.0.0.0:8080" }, "http.listen"],
    ] as const) {
      const error = refusal(phone(password), environment);
      t.equal(error.code, "CONFIG_UNSAFE");
      t.match(error.message, `phones.0.password (extension 1001) is empty or a default while ${setting}`);
    }
  }
  t.ok(parse(phone("k7-brass-lantern"), { RINGWARD_SIP: "192.0.2.1:5060" }));
});

t.test("addresses", async (t) => {
  const rows: readonly (readonly [string, unknown])[] = [
    ["127.0.0.1:5060", { address: "127.0.0.1", port: 5060 }],
    ["localhost:0", { address: "127.0.0.1", port: 0 }],
    ["[::1]:5060", { address: "::1", port: 5060 }],
    ["[2001:db8::1]:5060", { address: "2001:db8::1", port: 5060 }],
    ["::1:5060", undefined],
    ["[127.0.0.1]:5060", undefined],
    ["127.0.0.1", undefined],
    ["127.0.0.256:1", undefined],
    ["127.0.0.1:65536", undefined],
    ["example.com:5060", undefined],
    ["[1::2::3]:1", undefined],
    ["[:::]:1", undefined],
    ["[1:2:3:4:5:6:7:8:9]:1", undefined],
    ["", undefined],
  ];
  for (const [text, endpoint] of rows) t.same(parseListen(text), endpoint, text);
  t.same(["127.0.0.1", "127.8.8.8", "::1", "10.0.0.1", "0.0.0.0"].map(isLoopback), [true, true, true, false, false]);
});
