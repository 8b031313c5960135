import t from "tap";
import { parseArguments } from "./arguments.js";

t.test("the command line", async (t) => {
  for (const [words, command] of [
    ["serve", { command: "serve" }],
    ["check", { command: "check" }],
    ["serve --config a.yaml", { command: "serve", config: "a.yaml" }],
    ["--config=a.yaml check", { command: "check", config: "a.yaml" }],
    ["serve --help", { command: "help" }],
    ["-h", { command: "help" }],
    ["trace --help", { command: "help" }],
    ["trace n1-abc", { command: "trace", call: "n1-abc", full: false }],
    ["trace --full a@b --url http://10.0.0.1:8080", { command: "trace", call: "a@b", full: true, url: "http://10.0.0.1:8080" }],
    ["backup there", { command: "backup", folder: "there", sound: false, key: false }],
    ["backup --recordings --config=a.yaml there --with-key", { command: "backup", folder: "there", sound: true, key: true, config: "a.yaml" }],
    ["restore there", { command: "restore", folder: "there" }],
    ["restore there --key k --config a.yaml", { command: "restore", folder: "there", keyFile: "k", config: "a.yaml" }],
    ["restore --help", { command: "help" }],
    ["--version", { command: "version" }],
  ] as const)
    t.same(parseArguments(words.split(" ")), command, words);
});

t.test("what is misused is said in one line", async (t) => {
  for (const [words, why] of [
    [[], "a command is missing: serve, check, call, trace, export, backup or restore"],
    [["trace"], "the id of a call is missing"],
    [["trace", "a", "b"], 'unexpected "b"'],
    [["trace", "a", "--all"], "unknown option --all"],
    [["trace", "a", "--url"], "--url needs http://host:port, without a password"],
    [["trace", "a", "--url", "http://me:secret@host"], "--url needs http://host:port, without a password"],
    [["backup"], "the folder of the backup is missing"],
    [["backup", "a", "b"], 'unexpected "b"'],
    [["backup", "a", "--key", "k"], "unknown option --key"],
    [["restore", "a", "--with-key"], "unknown option --with-key"],
    [["restore", "a", "--key"], "--key needs a file"],
    [["restore", "a", "--config=b", "--config=c"], "--config is given twice"],
    [["sevre"], 'unknown command "sevre"'],
    [["serve", "check"], 'unexpected "check"'],
    [["serve", "--conf", "a"], "unknown option --conf"],
    [["serve", "--config"], "--config needs a file"],
    [["serve", "--config="], "--config needs a file"],
    [["serve", "--config", "--help"], "--config needs a file"],
    [["--config", "a", "--config", "b", "serve"], "--config is given twice"],
  ] as const)
    t.same(parseArguments(words), { command: "misused", why: `${why} (ringward --help)` });
});
