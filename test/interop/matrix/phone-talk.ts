// A call from one desk phone to another, each with a codec of its own: sipp signals, the sound is a program's own.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Test } from "tap";
import { eventually, Peer } from "../peers.js";
import { SIPP_RTP } from "../ports.js";
import { freeUdpPort, isUdpPortTaken, type ServerProcess } from "../server-process.js";
import type { ForeignCodec } from "./foreign-codec.js";
import { type NoisePacket, RtpEnd } from "./rtp-end.js";

const SCENARIOS = fileURLToPath(new URL("../../../../test/interop/sipp/", import.meta.url));
const CALL_MS = 5500;
const ATTEMPTS_MAX = 4;

function sipp(scenario: string, { port, rtpPort, codec, target }: { readonly port: number; readonly rtpPort: number; readonly codec: ForeignCodec; readonly target: readonly string[] }): Peer {
  const keys = { rtp_port: rtpPort, payload_type: codec.payloadType, more_types: codec.moreTypes ?? "", rtpmap: codec.rtpmap, more_sdp: codec.moreSdp, event_type: codec.eventType, event_map: `telephone-event/${codec.clockRateHz}` };
  const named = Object.entries(keys).flatMap(([key, value]) => ["-key", key, String(value)]);
  return new Peer("sipp", ["-sf", join(SCENARIOS, `${scenario}.xml`), "-i", "127.0.0.1", "-p", String(port), "-mi", "127.0.0.1", "-mp", String(scenario === "codec-phone" ? SIPP_RTP + 8 : SIPP_RTP), "-m", "1", "-d", String(CALL_MS), "-nostdin", "-timeout", "25", "-timeout_error", "-au", "1001", "-ap", "demo-1001", ...named, ...target], { timeoutMs: 30_000 });
}

/** The caller's and the callee's ends of one call from desk phone to desk phone. */
async function talk(server: ServerProcess, [caller, agent]: readonly [ForeignCodec, ForeignCodec], [atCaller, atAgent]: readonly [RtpEnd, RtpEnd]): Promise<void> {
  const toServer = `127.0.0.1:${server.sipPort}`;
  const phonePort = await freeUdpPort();
  const registered = await sipp("phone-registers", { port: phonePort, rtpPort: 0, codec: agent, target: ["-s", "1001", toServer] }).ended;
  if (registered.exitCode !== 0) throw new Error(registered.output.slice(-2000));
  const phone = sipp("codec-phone", { port: phonePort, rtpPort: await atAgent.open(), codec: agent, target: [] });
  await eventually("the phone listens", () => (isUdpPortTaken(phonePort) ? true : undefined));
  const call = sipp("codec-caller", { port: await freeUdpPort(), rtpPort: await atCaller.open(), codec: caller, target: ["-s", "1001", toServer] });
  for (const peer of [call, phone]) {
    const { exitCode, output } = await peer.ended;
    if (exitCode !== 0) throw new Error(output.slice(-2000));
  }
}

/** Packets that came too late to be heard, and beats that were left out. */
async function lateness(server: ServerProcess): Promise<number> {
  const metrics = await (await server.fetch("/metrics")).text();
  return [...metrics.matchAll(/^ringward_media_\w*(?:late|overflow|skipped)\w* (\d+)$/gm)].reduce((sum, [, count]) => sum + Number(count), 0);
}

type Said = readonly (Uint8Array | NoisePacket | undefined)[];

export interface Talk {
  readonly codecs: readonly [ForeignCodec, ForeignCodec];
  readonly coded: readonly [Said, Said];
}

/** A machine that was kept from its beat for longer than the jitter buffer holds says nothing of codecs: such a call is made again. */
export async function talkInTime(t: Test, server: ServerProcess, { codecs, coded }: Talk): Promise<readonly [RtpEnd, RtpEnd]> {
  for (let attempt = 1; ; attempt++) {
    const ends = [new RtpEnd(codecs[0], coded[0]), new RtpEnd(codecs[1], coded[1])] as const;
    const before = await lateness(server);
    try {
      await talk(server, codecs, ends);
      const late = (await lateness(server)) - before;
      if (late === 0 || attempt === ATTEMPTS_MAX) return ends;
      t.comment(`${late} packets or beats were too late: again`);
    } catch (error) {
      for (const end of ends) end.close();
      throw error;
    }
    for (const end of ends) end.close();
  }
}
