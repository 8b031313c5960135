// Messages as carriers and phones send them.

const sdp = [
  "v=0", "o=sbc 3941871230 3941871230 IN IP4 203.0.113.20", "s=-", "c=IN IP4 203.0.113.20", "t=0 0", "m=audio 24680 RTP/AVP 8 0 18 101", "a=rtpmap:8 PCMA/8000",
  "a=rtpmap:0 PCMU/8000", "a=rtpmap:18 G729/8000", "a=fmtp:18 annexb=no", "a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-15", "a=ptime:20", "a=sendrecv", "",
].join("\r\n");

const withBody = (lines: readonly string[], body: string): Uint8Array => new TextEncoder().encode([...lines, `Content-Length: ${body.length}`, "", body].join("\r\n"));

const ROUTES = [
  "Record-Route: <sip:203.0.113.10;lr;ftag=as4f1c22d8;did=3c1.8e2>",
  "Record-Route: <sip:203.0.113.11:5070;transport=udp;lr>",
];
const VIAS = [
  "Via: SIP/2.0/UDP 203.0.113.10:5060;branch=z9hG4bKcydzigwkX2f4c1;rport",
  "Via: SIP/2.0/UDP 203.0.113.11:5070;received=203.0.113.11;branch=z9hG4bK8f1e.77aa31c4.0;rport=5070",
  "Via: SIP/2.0/UDP 10.20.30.40:5060;received=198.51.100.77;branch=z9hG4bK-524287-1---c2b0a4a4d3a1f27e;rport=61022",
];
const DIALOG = ["Call-ID: 4e3f9a1b7c20@198.51.100.77", "CSeq: 102 INVITE"];
const ABILITIES = ["Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, SUBSCRIBE, NOTIFY, INFO, PUBLISH, MESSAGE, UPDATE", "Supported: replaces, timer, 100rel, path"];

export const SAMPLES: Readonly<Record<string, Uint8Array>> = {
  "INVITE from a carrier": withBody(
    [
      "INVITE sip:95001@192.0.2.10:5060;user=phone SIP/2.0", ...ROUTES, ...VIAS, "Max-Forwards: 67", 'From: "Zhang Wei" <sip:+8613800000002@carrier.example;user=phone>;tag=as4f1c22d8',
      "To: <sip:95001@192.0.2.10;user=phone>", "Contact: <sip:+8613800000002@203.0.113.11:5070;transport=udp>", ...DIALOG, ...ABILITIES,
      'P-Asserted-Identity: "Zhang Wei" <sip:+8613800000002@carrier.example>', "Privacy: none", "Session-Expires: 1800;refresher=uac", "Min-SE: 90", "User-Agent: CarrierSBC 7.4.1",
      "Date: Mon, 05 Jan 2026 01:00:00 GMT", "Content-Type: application/sdp", "Content-Disposition: session",
    ],
    sdp,
  ),
  "200 to our INVITE": withBody(
    [
      "SIP/2.0 200 OK", ...VIAS.slice(0, 1), ...ROUTES, 'From: "Registration" <sip:95001@192.0.2.10>;tag=q3xkd72a', "To: <sip:1001@192.0.2.33:5062;ob>;tag=8fbc11", ...DIALOG,
      "Contact: <sip:1001@192.0.2.33:5062;ob>", ...ABILITIES, "Server: DeskPhone/2.1", "Content-Type: application/sdp",
    ],
    sdp,
  ),
  "REGISTER from a phone": withBody(
    [
      "REGISTER sip:192.0.2.10 SIP/2.0", "Via: SIP/2.0/UDP 192.0.2.33:5062;rport;branch=z9hG4bKPj0d2e4b1c", "Max-Forwards: 70", "From: <sip:1001@192.0.2.10>;tag=77ac1", "To: <sip:1001@192.0.2.10>",
      "Call-ID: 91c0b7f2-aa", "CSeq: 41 REGISTER", "Contact: <sip:1001@192.0.2.33:5062;ob>;expires=300", "Expires: 300", ...ABILITIES,
      'Authorization: Digest username="1001", realm="ringward", nonce="q2w3e4r5t6y7", uri="sip:192.0.2.10", response="5c1ba9a0fbd1ec0f5f3b9d6a33f6b7a1", algorithm=MD5, cnonce="abcd", qop=auth, nc=00000002',
    ],
    "",
  ),
};
