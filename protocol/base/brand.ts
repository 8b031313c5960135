declare const brand: unique symbol;

/** A string that only its own maker may mint, so that a leg's id is never passed for a call's. */
export type Branded<Name extends string> = string & { readonly [brand]: Name };
