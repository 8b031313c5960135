import t from "tap";
import type { Writes } from "./backend.js";
import type { EncodedKey } from "./key.js";
import { ReadSet, RecentCommits } from "./read-set.js";

const key = (name: string): EncodedKey => name as unknown as EncodedKey;
const writes = (...names: readonly string[]): Writes => new Map(names.map((name) => [key(name), undefined])) as unknown as Writes;
const readOf = (name: string): ReadSet => {
  const reads = new ReadSet();
  reads.addKey(key(name));
  return reads;
};

t.test("commits are remembered as long as a transaction runs that may have missed them", async (t) => {
  const recent = new RecentCommits();
  const first = recent.begin();
  recent.add(writes("a"));
  const second = recent.begin();
  recent.add(writes("b"));
  t.same([recent.overtook(readOf("a"), first), recent.overtook(readOf("a"), second), recent.overtook(readOf("b"), second)], [true, false, true]);
  recent.end(first);
  t.equal(recent.size, 1, "the second one has seen a");
  t.equal(recent.overtook(readOf("b"), second), true);
  recent.end(second);
  t.equal(recent.size, 0);
  for (let i = 0; i < 10_000; i++) {
    const since = recent.begin();
    recent.add(writes(`c${i}`));
    recent.end(since);
  }
  t.equal(recent.size, 0, "nobody could have missed them");
});

t.test("a transaction that runs longer than what is remembered counts as overtaken", async (t) => {
  const recent = new RecentCommits();
  const long = recent.begin();
  for (let i = 0; i < 5000; i++) recent.add(writes(`c${i}`));
  t.ok(recent.size <= 4096);
  t.equal(recent.overtook(readOf("other"), long), true);
});

t.test("two that began together: the end of one does not forget for the other", async (t) => {
  const recent = new RecentCommits();
  const [one, other] = [recent.begin(), recent.begin()];
  recent.add(writes("a"));
  recent.end(one);
  t.equal(recent.overtook(readOf("a"), other), true);
  recent.end(other);
  t.equal(recent.size, 0);
});
