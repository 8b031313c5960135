import type { MessagePort } from "node:worker_threads";
import type { LegParcel } from "../engine/handover.js";

/** What of a parcel is transferred rather than copied when it crosses to another thread. */
export const channelsOf = ({ rtp, rtcp }: LegParcel): MessagePort[] => [rtp, rtcp].flatMap((socket) => (socket.way === "dgram" ? [socket.channel] : []));
