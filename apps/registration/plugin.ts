// Booking a number with a doctor (挂号) by keys.
import { z } from "zod";
import { BACK, definePlugin, type Call, type PluginContext } from "../../core/sdk/index.js";
import { billing } from "../billing/service.js";
import { mainMenu } from "../ivr/service.js";
import { appointments } from "./collections.js";
import { book } from "./booking.js";
import { talkBooking, type BookingTalk } from "./conversation.js";
import { seedHospital } from "./seed.js";
import { registration } from "./service.js";

const config = z.strictObject({
  /** Taken from the card for each booking, in fen; without billing registration is free. */
  feeFen: z.int().min(0).default(500),
  /** How many days ahead can be booked, from tomorrow. */
  horizonDays: z.int().min(1).max(365).default(30),
});

export default definePlugin({
  name: "registration",
  sdk: 1,
  requires: ["ivr"],
  optional: ["billing"],
  config,
  prompts: new URL("./prompts/", import.meta.url).href,
  setup(context) {
    const till = context.services.find(billing);
    const talk: BookingTalk = { context, billing: till, ...context.config };
    context.onSeed((part) => seedHospital(context, part));
    context.services.publish(registration, { book: (request) => book(context, till, request) });
    context.onClose(context.services.use(mainMenu).contribute({ key: "1", prompt: "registration/main-menu", handler: (call) => serve(call, talk) }));
    routes(context);
  },
});

async function serve(call: Call, talk: BookingTalk): Promise<void> {
  const key = await call.menu({ prompt: "registration/menu", keys: ["1"] });
  if (key !== BACK) await talkBooking(call, talk);
}

const money = z.object({ amount: z.int(), currency: z.string() });

function routes({ http, store, hospital }: PluginContext<unknown>): void {
  http.route({
    method: "GET",
    path: "/appointments",
    summary: "What is booked under a card, soonest first",
    query: z.object({ card: z.string().regex(/^[0-9]{4,16}$/, "accepted: 4 to 16 digits") }),
    reply: z.object({
      items: z.array(
        z.object({ id: z.string(), card: z.string(), department: z.string(), doctor: z.string(), day: z.string(), period: z.string(), starts: z.string(), ends: z.string(), number: z.int(), fee: money, status: z.string() }),
      ),
      next: z.string().nullable(),
    }),
    handle: async ({ query }) => {
      const booked = await store.range(appointments, { index: "card", prefix: [query.card], limit: 1000 });
      const items = booked.map(({ id, card, department, doctor, day, period, starts, ends, number, feeFen, status }) => ({ id, card, department, doctor, day, period, starts, ends, number, fee: { amount: feeFen, currency: hospital.currency }, status }));
      return { items, next: null };
    },
  });
}
