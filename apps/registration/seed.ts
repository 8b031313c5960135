import { z } from "zod";
import type { PluginContext } from "../../core/sdk/index.js";
import { departments, doctors, periodSchema } from "./collections.js";

const named = z.strictObject({ id: z.string(), prompt: z.string(), name: z.string().min(1).max(100).exactOptional() });

const seedSchema = z.strictObject({
  /** Of every doctor and day. */
  periods: z.array(periodSchema).min(1),
  /** In the order of their keys. */
  departments: z.array(named.extend({ doctors: z.array(named).max(9) })).max(9),
});

/** One transaction: half a hospital is none. */
export async function seedHospital(context: Pick<PluginContext<unknown>, "store">, part: unknown): Promise<void> {
  const { periods, departments: seeded } = seedSchema.parse(part);
  await context.store.transact(async (tx) => {
    seeded.forEach(({ doctors: staff, ...department }, i) => {
      tx.put(departments, { ...department, order: i + 1 });
      staff.forEach((doctor, j) => tx.put(doctors, { ...doctor, department: department.id, order: j + 1, periods }));
    });
  });
}
