// A plugin's package outside of the repository: a temporary folder with `ringward` installed in it, as a link.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import ts from "typescript";

const TYPES = resolve("node_modules/@types");

/** The page's code blocks, by the file that each is marked with. */
export function codeBlocks(page: string): ReadonlyMap<string, string> {
  const blocks = readFileSync(page, "utf8").matchAll(/^```ts file=(\S+)\n([\s\S]*?)^```$/gm);
  return new Map([...blocks].map(([, file, text]) => [file!, text!]));
}

export class PluginPackage {
  readonly folder: string;

  /** @param files by path in the package */
  constructor(name: string, files: ReadonlyMap<string, string>) {
    this.folder = realpathSync(mkdtempSync(join(tmpdir(), "ringward-plugin-")));
    this.write("package.json", JSON.stringify({ name, version: "1.0.0", type: "module", dependencies: { ringward: `file:${resolve(".")}` } }));
    mkdirSync(join(this.folder, "node_modules"));
    symlinkSync(resolve("."), join(this.folder, "node_modules", "ringward"), "dir");
    for (const [file, text] of files) this.write(file, text);
  }

  write(file: string, text: string): void {
    mkdirSync(dirname(join(this.folder, file)), { recursive: true });
    writeFileSync(join(this.folder, file), text);
  }

  /** Checks types as strictly as the project does and writes JavaScript beside the sources; returns what the compiler has against it. */
  compile(files: readonly string[]): readonly string[] {
    const program = ts.createProgram({
      rootNames: files.map((file) => join(this.folder, file)),
      options: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext, strict: true, skipLibCheck: true, typeRoots: [TYPES], types: ["node"] },
    });
    const { diagnostics } = program.emit();
    return [...ts.getPreEmitDiagnostics(program), ...diagnostics].map(({ file, messageText }) => `${file?.fileName ?? ""}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`);
  }

  /** Node's own runner, in a process without what this one was started with. */
  test(file: string): Promise<{ readonly code: number | null; readonly output: string }> {
    const child = spawn(process.execPath, ["--test", "--test-reporter=tap", file], { cwd: this.folder, env: { PATH: process.env["PATH"] ?? "" }, stdio: ["ignore", "pipe", "pipe"], timeout: 30_000 });
    let output = "";
    child.stdout.on("data", (bytes: Buffer) => (output += bytes.toString()));
    child.stderr.on("data", (bytes: Buffer) => (output += bytes.toString()));
    return new Promise((done, failed) => void child.on("error", failed).on("close", (code) => done({ code, output })));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
