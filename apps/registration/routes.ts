// What the hospital's other programs ask of registration.
import { z } from "zod";
import { HttpProblem, type PluginContext, type PluginTransaction, type Actor } from "../../core/sdk/index.js";
import { appointments, type Appointment } from "./collections.js";

const money = z.object({ amount: z.int(), currency: z.string() });
const status = z.enum(["booked", "cancelled", "attended", "no-show"]);

export function openRoutes({ http, store, hospital }: Pick<PluginContext<unknown>, "http" | "store" | "hospital">): void {
  http.route({
    method: "GET",
    path: "/appointments",
    summary: "What is booked under a card, soonest first",
    query: z.object({ card: z.string().regex(/^[0-9]{4,16}$/, "accepted: 4 to 16 digits") }),
    reply: z.object({
      items: z.array(z.object({ id: z.string(), card: z.string(), department: z.string(), doctor: z.string(), day: z.string(), period: z.string(), starts: z.string(), ends: z.string(), number: z.int(), fee: money, status })),
      next: z.string().nullable(),
    }),
    handle: async ({ query }) => {
      const booked = await store.range(appointments, { index: "card", prefix: [query.card], limit: 1000 });
      const items = booked.map(({ feeFen, ...appointment }) => ({ ...appointment, fee: { amount: feeFen, currency: hospital.currency } }));
      return { items, next: null };
    },
  });
  http.action({
    method: "POST",
    path: "/appointments/:id/attended",
    summary: "The patient came: the appointment is no no-show",
    params: z.object({ id: z.string().min(1).max(64) }),
    reply: z.object({ id: z.string(), status }),
    act: (tx, { params, actor }) => attend(tx, params.id, actor),
  });
}

/** Again it is told and not done; what was given back can't be attended. */
async function attend(tx: PluginTransaction, id: string, actor: Actor): Promise<Pick<Appointment, "id" | "status">> {
  const appointment = await tx.get(appointments, [id]);
  if (appointment === undefined) throw new HttpProblem(404, "REGISTRATION_UNKNOWN", "no such appointment");
  if (appointment.status === "attended") return appointment;
  if (appointment.status !== "booked") throw new HttpProblem(409, "REGISTRATION_RELEASED", `the appointment is not held any more: ${appointment.status}`);
  const attended: Appointment = { ...appointment, status: "attended" };
  tx.put(appointments, attended);
  const { doctor, day, period, number } = attended;
  tx.journal({ type: "registration.attended", v: 1, subject: { kind: "appointment", id }, actor, data: { doctor, day, period, number } });
  return attended;
}
