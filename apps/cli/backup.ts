// `ringward backup` and `ringward restore`, told to a person.
import type { Environment } from "../../core/config/environment.js";
import { backup, restore } from "../server/backup.js";
import { dataFolder } from "../server/data-folder.js";
import { readSettings } from "../server/settings.js";
import type { BackupCommand, RestoreCommand } from "./backup-arguments.js";

/** @throws as `readSettings` and `backup` */
export async function backupLines(command: BackupCommand, context: { readonly environment: Environment; readonly version: string; readonly nowUtcMs: number }): Promise<readonly string[]> {
  const { config } = await readSettings(command.config, context.environment);
  const { folder, sound, key } = command;
  const written = await backup({ data: config.data, target: folder, hospital: config.hospital.id, version: context.version, nowUtcMs: context.nowUtcMs, sound, key });
  return [
    `backup    ${folder}: all that was known at ${new Date(written.utcMs).toISOString()}`,
    `sound     ${written.recordings} files ${sound ? "copied" : "listed, not copied (--recordings)"}`,
    `key       ${key ? "in the backup: keep it as safe as the server" : `not in the backup: keep ${dataFolder(config.data).key} elsewhere, restoring asks for it`}`,
  ];
}

/** @throws as `readSettings` and `restore` */
export async function restoreLines(command: RestoreCommand, environment: Environment): Promise<readonly string[]> {
  const { config } = await readSettings(command.config, environment);
  const { utcMs, hospital, version, recordings, sound } = await restore({ source: command.folder, data: config.data, keyFile: command.keyFile });
  return [
    `restored  ${dataFolder(config.data).path}: ${hospital} as of ${new Date(utcMs).toISOString()}, backed up by ${version}`,
    ...(sound || recordings === 0 ? [] : [`sound     ${recordings} files are listed in the backup, their sound is not in it`]),
    ...(hospital === config.hospital.id ? [] : [`attention the settings are those of ${config.hospital.id}`]),
  ];
}
