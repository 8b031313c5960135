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
    ["--version", { command: "version" }],
  ] as const)
    t.same(parseArguments(words.split(" ")), command, words);
});

t.test("what is misused is said in one line", async (t) => {
  for (const [words, why] of [
    [[], "a command is missing: serve, check or call"],
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
