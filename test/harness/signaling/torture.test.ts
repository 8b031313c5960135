import t from "tap";
import { TORTURE_VECTORS } from "../../../protocol/sip/message/torture/vectors.js";
import { NOTHING_LEFT, Pair, SERVER, STRANGER } from "./pair.js";

for (const { section, name, answer, bytes } of TORTURE_VECTORS) {
  t.test(`RFC 4475 ${section}: ${name} through the endpoint: ${answer}`, async (t) => {
    // As the vectors suppose: a trusted trunk dials numbers that nobody has, and a REGISTER is challenged.
    const pair = await Pair.create({ server: { registrar: { register: () => ({ status: 401, headers: [["WWW-Authenticate", 'Digest realm="hospital"']] }) } } });
    pair.server.onIncoming((session) => {
      session.listen(pair.served);
      session.reject(404);
    });
    const statuses = new Set<number>();
    pair.network.onPacket = (packet) => {
      if (packet.from.address !== SERVER.address) return;
      t.equal(packet.to.address, STRANGER.address, "nothing goes anywhere but back");
      // Read by hand: the answer to a malformed request lacks what that request lacked.
      const status = Number(/^SIP\/2\.0 (\d{3}) /.exec(new TextDecoder().decode(packet.bytes))?.[1]);
      if (status >= 200) statuses.add(status);
    };
    const socket = await pair.network.openUdp(STRANGER, () => undefined);
    socket.send(bytes(), SERVER);
    pair.clock.advanceMs(1000);
    t.same([...statuses], answer === "dropped" ? [] : [answer]);
    t.same(pair.leftovers(), NOTHING_LEFT);
  });
}
