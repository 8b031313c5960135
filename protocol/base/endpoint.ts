/** Where a packet goes to or comes from: a numeric IPv4 or IPv6 address and a port, 1-65535. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
  /** Of SIP alone; absent: UDP. */
  readonly protocol?: "TCP";
}

export const sameEndpoint = (a: Endpoint, b: Endpoint): boolean => a.port === b.port && a.address === b.address && a.protocol === b.protocol;

/** `192.0.2.1:5060`, `[2001:db8::1]:5060`. */
export const formatEndpoint = (e: Endpoint): string => (e.address.includes(":") ? `[${e.address}]:${e.port}` : `${e.address}:${e.port}`);
