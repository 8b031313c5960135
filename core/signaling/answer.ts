// Answers to one request of ours to make, with our tag and what their status asks for.
import { createResponse } from "../../protocol/sip/message/build.js";
import type { ServerTransaction } from "../../protocol/sip/transaction/layer.js";
import type { Refusal } from "./request-guard.js";

/** @param toTag for requests outside of a dialog. */
export function refuse(transaction: ServerTransaction, refusal: Refusal, toTag?: string): void {
  transaction.respond(
    createResponse(transaction.request, refusal.status, {
      ...(refusal.reason === undefined ? {} : { reason: refusal.reason }),
      ...(toTag === undefined ? {} : { toTag }),
      ...(refusal.extra === undefined ? {} : { extra: refusal.extra }),
    }),
  );
}
