// What stands behind `ringward backup` and `ringward restore`.

export interface BackupCommand {
  readonly command: "backup";
  readonly folder: string;
  readonly sound: boolean;
  readonly key: boolean;
  readonly config?: string;
}

export interface RestoreCommand {
  readonly command: "restore";
  readonly folder: string;
  readonly keyFile?: string;
  readonly config?: string;
}

export const BACKUP_USAGE = `  backup FOLDER   copy what the server knows into an empty folder, while it runs or not
    --recordings        the sound of calls too, not its list alone
    --with-key          the key that PINs are tried with too: keep such a backup as safe as the server
  restore FOLDER  fill an empty data folder from a backup
    --key FILE          the key, where the backup has none: the data folder's file pepper
`;

const FLAGS = { backup: ["--recordings", "--with-key"], restore: [] } as const;
const VALUES = { backup: ["--config"], restore: ["--config", "--key"] } as const;

/** A text says in one line what is wrong. */
export function parseBackupArguments(command: "backup" | "restore", words: readonly string[]): BackupCommand | RestoreCommand | string {
  const flags = new Set<string>();
  const values = new Map<string, string>();
  let folder: string | undefined;
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    const [name = "", given] = word.startsWith("--") && word.includes("=") ? [word.slice(0, word.indexOf("=")), word.slice(word.indexOf("=") + 1)] : [word];
    if (VALUES[command].some((known) => known === name)) {
      const value = given ?? words[++i];
      if (value === undefined || value === "" || value.startsWith("--")) return `${name} needs a file`;
      if (values.has(name)) return `${name} is given twice`;
      values.set(name, value);
    } else if (FLAGS[command].some((known) => known === word)) flags.add(word);
    else if (word.startsWith("-")) return `unknown option ${word}`;
    else if (folder !== undefined) return `unexpected ${JSON.stringify(word)}`;
    else folder = word;
  }
  if (folder === undefined) return "the folder of the backup is missing";
  const [config, keyFile] = [values.get("--config"), values.get("--key")];
  const common = { folder, ...(config === undefined ? {} : { config }) };
  if (command === "backup") return { command, ...common, sound: flags.has("--recordings"), key: flags.has("--with-key") };
  return { command, ...common, ...(keyFile === undefined ? {} : { keyFile }) };
}
