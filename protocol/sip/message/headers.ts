export class SipHeaders {}
