// The rules of docs/decisions.md and CONTRIBUTING.md that a machine can check.
import importX from "eslint-plugin-import-x";
import tseslint from "typescript-eslint";

const unitTests = ["**/*.test.ts"];

/** DESIGN: time, randomness and the network are handed in. Node's modules are effects; so are these globals. */
const effectGlobals = ["setTimeout", "setInterval", "setImmediate", "clearTimeout", "clearInterval", "fetch", "performance"].map(
  (name) => ({ name, message: "Time and the network are ports here: take a Clock or use the SDK's sleep, now, fetch." }),
);
const effectProperties = [
  { object: "Date", property: "now", message: "Take the time from a Clock." },
  { object: "Math", property: "random", message: "Take randomness from a Random." },
  { object: "process", property: "hrtime", message: "Take the time from a Clock." },
];
const effectSyntax = [
  { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: "Take the time from a Clock." },
  { selector: "ExportDefaultDeclaration", message: "Named exports only (a plugin's definition is the exception)." },
  { selector: "TSModuleDeclaration[kind='namespace']", message: "No namespaces." },
  { selector: "CatchClause:not([param]) > BlockStatement[body.length=0]", message: "A bare catch hides a fault: say what is expected." },
];
const noDefaultExport = effectSyntax.slice(1);

const above = (folders) => folders.map((folder) => ({ group: [`**/${folder}/**`, `**/../${folder}/**`], message: "Imports point one way: protocol <- media <- core <- apps." }));
const nodeModules = { group: ["node:*"], message: "Pure code: no Node modules here." };

export default tseslint.config(
  { ignores: ["dist/**", "node_modules/**", "data/**", ".tap/**"] },
  ...tseslint.configs.recommended,
  {
    files: ["**/*.ts"],
    plugins: { "import-x": importX },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    settings: {
      "import-x/parsers": { "@typescript-eslint/parser": [".ts"] },
      "import-x/extensions": [".ts"],
      "import-x/resolver-next": [extensionResolver()],
    },
    rules: {
      "import-x/no-cycle": ["error", { maxDepth: Infinity }],
      "max-lines": ["error", 600],
      "max-lines-per-function": ["error", { max: 70, skipBlankLines: true, skipComments: true }],
      "max-params": ["error", 3],
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-misused-promises": "error",
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "@typescript-eslint/no-non-null-assertion": "off",
      "no-restricted-syntax": ["error", ...noDefaultExport],
    },
  },
  {
    // Two sockets' address and port, a buffer and where in it: wire code takes one more parameter than the rest.
    files: ["protocol/**/*.ts", "media/**/*.ts"],
    rules: { "max-params": ["error", 4] },
  },
  // tap itself waits for the subtests that a test starts.
  { files: unitTests, rules: { "max-lines-per-function": "off", "@typescript-eslint/no-floating-promises": "off" } },
  { files: ["test/**/*.ts", "bench/**/*.ts"], rules: { "max-lines-per-function": "off" } },
  {
    files: ["protocol/**/*.ts"],
    ignores: unitTests,
    rules: { "no-restricted-imports": ["error", { patterns: [nodeModules, ...above(["media", "core", "apps", "test", "bench"])] }] },
  },
  {
    files: ["media/**/*.ts"],
    rules: { "no-restricted-imports": ["error", { patterns: above(["core", "apps", "test", "bench"]) }] },
  },
  {
    files: ["media/{codec,dsp,jitter,pipeline,mixer}/**/*.ts"],
    ignores: unitTests,
    rules: { "no-restricted-imports": ["error", { patterns: [nodeModules, ...above(["core", "apps", "test", "bench"])] }] },
  },
  {
    files: ["core/**/*.ts"],
    rules: { "no-restricted-imports": ["error", { patterns: above(["apps", "test", "bench"]) }] },
  },
  {
    // Plugins have one door. The composition root and the command line are no plugins.
    files: ["apps/**/*.ts"],
    ignores: ["apps/server/**", "apps/cli/**"],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            nodeModules,
            { regex: "^(\\.\\./)+(protocol|media|test|bench)/", message: "A plugin sees core/sdk and other plugins' services only." },
            { regex: "^(\\.\\./)+core/(?!sdk/)", message: "A plugin sees core/sdk and other plugins' services only." },
          ],
        },
      ],
    },
  },
  {
    files: ["protocol/**/*.ts", "media/**/*.ts", "core/**/*.ts", "apps/**/*.ts"],
    ignores: [...unitTests, "media/net/**", "media/worker/**", "protocol/base/sim-clock.ts", "core/signaling/net/**", "core/crypto/**", "core/store/lmdb/**", "core/http/**", "core/observe/**", "apps/server/**", "apps/cli/**"],
    rules: {
      "no-restricted-globals": ["error", ...effectGlobals],
      "no-restricted-properties": ["error", ...effectProperties],
      "no-restricted-syntax": ["error", ...effectSyntax],
    },
  },
  { files: ["apps/*/plugin.ts", "examples/**/*.ts"], rules: { "no-restricted-syntax": ["error", ...effectSyntax.filter((rule) => rule.selector !== "ExportDefaultDeclaration")] } },
  { files: ["**/*.mjs"], rules: { "@typescript-eslint/no-unused-vars": "error" } },
);

/** Sources import each other by the name of the compiled file: `./x.js` is `./x.ts` here. */
function extensionResolver() {
  return {
    interfaceVersion: 3,
    name: "compiled-name",
    resolve(source, from) {
      if (!source.startsWith(".")) return { found: true, path: null };
      const path = new URL(source.replace(/\.js$/, ".ts"), `file://${from}`).pathname;
      return { found: true, path };
    },
  };
}
