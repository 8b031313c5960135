// How much of a stretch of sound two tones of known frequencies explain, by least squares: unlike two Goertzel powers, which each
// hold a little of the other tone, it is 1 for two pure tones of any phase.
const UNKNOWNS = 4;

const rows = Array.from({ length: UNKNOWNS }, () => new Float64Array(UNKNOWNS + 1));
const wave = new Float64Array(UNKNOWNS);

/** Of the energy of `samples`, 0..1. @param turns of each tone in a sample */
export function shareOfTwoTones(samples: Float64Array, turns: readonly [number, number]): number {
  for (const row of rows) row.fill(0);
  let energy = 0;
  for (let n = 0; n < samples.length; n++) {
    const sample = samples[n]!;
    energy += sample * sample;
    for (let tone = 0; tone < 2; tone++) {
      const angle = 2 * Math.PI * turns[tone]! * n;
      wave[2 * tone] = Math.cos(angle);
      wave[2 * tone + 1] = Math.sin(angle);
    }
    for (let i = 0; i < UNKNOWNS; i++) {
      const row = rows[i]!;
      for (let j = i; j < UNKNOWNS; j++) row[j]! += wave[i]! * wave[j]!;
      row[UNKNOWNS]! += wave[i]! * sample;
    }
  }
  return energy === 0 ? 0 : explained() / energy;
}

/** Solves the normal equations by elimination, whose pivots say what each further wave explains: the matrix is symmetric. */
function explained(): number {
  let sum = 0;
  for (let i = 0; i < UNKNOWNS; i++) {
    const pivot = rows[i]![i]!;
    if (pivot <= 1e-6) continue;
    sum += rows[i]![UNKNOWNS]! ** 2 / pivot;
    for (let k = i + 1; k < UNKNOWNS; k++) {
      const factor = rows[i]![k]! / pivot;
      for (let j = k; j <= UNKNOWNS; j++) rows[k]![j]! -= factor * rows[i]![j]!;
    }
  }
  return sum;
}
