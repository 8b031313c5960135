import { z } from "zod";
import type { CollectionDefinition } from "../../core/sdk/index.js";

const id = z.string().regex(/^[a-z][a-z0-9-]*$/, "accepted: lower-case words joined by hyphens");
const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/);
const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, "accepted: HH:MM");

const departmentSchema = z.object({
  id,
  /** Place in the menu, 1-9. */
  order: z.int().min(1).max(9),
  /** Recording of its name. */
  prompt: z.string(),
  /** Read where there is no recording. */
  name: z.string().min(1).max(100).exactOptional(),
});
export type Department = z.infer<typeof departmentSchema>;

export const departments: CollectionDefinition<Department, "order"> = {
  name: "registration-department",
  version: 1,
  schema: departmentSchema,
  key: (row) => [row.id],
  indexes: { order: { keys: (row) => [[row.order]] } },
};

export const periodSchema = z.object({
  id: z.enum(["morning", "afternoon"]),
  starts: timeOfDay,
  ends: timeOfDay,
  /** Numbers that can be sold. */
  capacity: z.int().min(0).max(500),
});
export type Period = z.infer<typeof periodSchema>;

const doctorSchema = z.object({
  id,
  department: id,
  order: z.int().min(1).max(9),
  prompt: z.string(),
  /** As a department's. */
  name: z.string().min(1).max(100).exactOptional(),
  /** Of every day, in order. */
  periods: z.array(periodSchema),
});
export type Doctor = z.infer<typeof doctorSchema>;

export const doctors: CollectionDefinition<Doctor, "department"> = {
  name: "registration-doctor",
  version: 1,
  schema: doctorSchema,
  key: (row) => [row.id],
  indexes: { department: { keys: (row) => [[row.department, row.order]] } },
};

/** A doctor's period of one day of which something was sold. Whoever books reads and writes it: two can't sell one number. */
const sessionSchema = z.object({ doctor: id, day, period: periodSchema.shape.id, sold: z.array(z.int().min(1)) });
export type Session = z.infer<typeof sessionSchema>;

export const sessions: CollectionDefinition<Session> = {
  name: "registration-session",
  version: 1,
  schema: sessionSchema,
  key: (row) => [row.doctor, row.day, row.period],
  indexes: {},
};

const appointmentSchema = z.object({
  /** Also the booking's idempotency key. */
  id: z.string(),
  card: z.string().meta({ personal: true }),
  department: id,
  doctor: id,
  day,
  period: periodSchema.shape.id,
  starts: timeOfDay,
  ends: timeOfDay,
  /** 1 and up within the period: the place in the queue at the hospital. */
  number: z.int().min(1),
  feeFen: z.int().min(0),
  /** The ledger entry that paid for it; absent where registration is free. */
  ledger: z.string().optional(),
  /** Only `booked` can become another; `cancelled` and `no-show` have given their number back. */
  status: z.enum(["booked", "cancelled", "attended", "no-show"]),
  /** The ledger entry by which the fee went back. */
  refund: z.string().optional(),
  bookedUtcMs: z.number(),
  call: z.string(),
});
export type Appointment = z.infer<typeof appointmentSchema>;

export const appointments: CollectionDefinition<Appointment, "card" | "waiting"> = {
  name: "registration-appointment",
  version: 1,
  schema: appointmentSchema,
  key: (row) => [row.id],
  indexes: {
    card: { keys: (row) => [[row.card, row.day, row.starts]] },
    /** Of which nobody has said yet what became of them. */
    waiting: { keys: (row) => (row.status === "booked" ? [[row.day]] : []) },
  },
};
