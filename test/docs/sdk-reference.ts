// docs/sdk.md, made of the compiled declarations: each export as it stands, with its docstrings.
import { resolve } from "node:path";
import ts from "typescript";

const DOORS = [
  { name: "ringward/sdk", file: resolve("dist/core/sdk/index.d.ts") },
  { name: "ringward/sdk/testing", file: resolve("dist/core/sdk/testing/index.d.ts") },
];

const HEAD = `# The SDK

Made by \`npm run docs\` from the docstrings in \`core/sdk\`; a test checks that it is up to date. How to begin stands in [plugins.md](plugins.md).
`;

export function sdkReference(): string {
  const program = ts.createProgram({
    rootNames: DOORS.map(({ file }) => file),
    options: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext, strict: true, skipLibCheck: true, types: [] },
  });
  const checker = program.getTypeChecker();
  const told = new Set<string>();
  const parts = DOORS.map(({ name, file }) => {
    const door = checker.getSymbolAtLocation(program.getSourceFile(file)!);
    if (door === undefined) throw new Error(`${file} exports nothing: build first`);
    const exported = checker.getExportsOfModule(door).filter((symbol) => symbol.name !== "default" && !told.has(symbol.name));
    exported.sort((a, b) => (a.name < b.name ? -1 : 1)).forEach((symbol) => told.add(symbol.name));
    return `\n## ${name}\n${exported.map((symbol) => describe(checker, symbol)).join("")}`;
  });
  return HEAD + parts.join("");
}

function describe(checker: ts.TypeChecker, symbol: ts.Symbol): string {
  const meant = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const texts = (meant.declarations ?? []).map((declaration) => {
    const statement = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
    return statement.getText().replace(/^export (declare )?/, "").replace(/^ +(private|#private).*\n/gm, "").replace(/^( +)/gm, (indent) => indent.slice(indent.length / 2));
  });
  const doc = ts.displayPartsToString(meant.getDocumentationComment(checker));
  return `\n### ${symbol.name}\n${doc === "" ? "" : `\n${doc}\n`}\n\`\`\`ts\n${texts.join("\n\n")}\n\`\`\`\n`;
}
