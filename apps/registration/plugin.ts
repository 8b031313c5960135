// Booking a number with a doctor (挂号) by keys, hearing what is booked, and giving it back.
import { z } from "zod";
import { definePlugin, type Call, type PluginDefinition } from "../../core/sdk/index.js";
import { billing } from "../billing/service.js";
import { mainMenu } from "../ivr/service.js";
import { talkAppointments, type AppointmentTalk } from "./appointment-talk.js";
import { book } from "./booking.js";
import { appointments, departments, doctors } from "./collections.js";
import { talkBooking, type BookingTalk } from "./conversation.js";
import { releaseNoShows, type NoShows } from "./no-show.js";
import { RELEASE_RULES, type ReleaseRule } from "./release.js";
import { openRoutes } from "./routes.js";
import { seedHospital } from "./seed.js";
import { registration } from "./service.js";

const config = z.strictObject({
  /** Taken from the card for each booking, in fen; without billing registration is free. */
  feeFen: z.int().min(0).default(500),
  /** How many days ahead can be booked, from tomorrow. */
  horizonDays: z.int().min(1).max(365).default(30),
  /** Who did not come gets the fee back. */
  noShowRefund: z.boolean().default(true),
});

/** `rules` are the release's; a test takes one away to see it missed. */
export const createRegistration = (rules: readonly ReleaseRule[]): PluginDefinition<z.infer<typeof config>> =>
  definePlugin({
    name: "registration",
    sdk: 1,
    requires: ["ivr"],
    optional: ["billing"],
    config,
    prompts: new URL("./prompts/", import.meta.url).href,
    collections: [departments, doctors, appointments],
    setup(context) {
      const till = context.services.find(billing);
      const talk: Talk = { context, billing: till, rules, ...context.config };
      context.onSeed((part) => seedHospital(context, part));
      context.services.publish(registration, { book: (request) => book(context, till, request) });
      context.onClose(context.services.use(mainMenu).contribute({ key: "1", prompt: "registration/main-menu", handler: (call) => serve(call, talk) }));
      context.jobs.daily("no-shows", (job) => releaseNoShows({ ...talk, context }, job));
      openRoutes(context);
    },
  });

export default createRegistration(RELEASE_RULES);

type Talk = BookingTalk & AppointmentTalk & Omit<NoShows, "context">;

async function serve(call: Call, talk: Talk): Promise<void> {
  const key = await call.menu({ prompt: "registration/menu", keys: ["1", "2"] });
  if (key === "1") await talkBooking(call, talk);
  if (key === "2") await talkAppointments(call, talk);
}
