// `ringward/sdk/testing`: run a plugin without network or real time.
//
//     const lab = await createLab({ plugins: [openingHours] });
//     const patient = lab.call("95001");
//     await patient.hears("opening-hours/menu");
//     await patient.presses("1");
export { createLab, Lab } from "./lab.js";
export type { CallOptions, LabOptions } from "./lab.js";
export { LabPatient } from "./lab-patient.js";
export { LabPhone } from "./lab-phone.js";
export { LabLeg, PROMPT_MS, type Heard, type LabLegOptions } from "./lab-leg.js";
