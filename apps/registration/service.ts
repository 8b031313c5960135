import { service } from "../../core/sdk/index.js";
import type { BookingOutcome, BookingRequest } from "./booking.js";

/** What other plugins may ask of registration. */
export interface Registration {
  /** Books under the request's idempotency key; durable when told. */
  book(request: BookingRequest): Promise<BookingOutcome>;
}

export const registration = service<Registration>("registration");
