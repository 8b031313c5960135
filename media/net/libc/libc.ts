// The few calls of the C library that a UDP socket needs, through koffi. Linux only.
import { arch, platform } from "node:process";

/** All return -1 on failure; `errno` then says why. Typed arrays are handed over as they are, not copied. */
export interface Libc {
  socket(family: number, type: number, protocol: number): number;
  bind(fd: number, address: Uint8Array, length: number): number;
  connect(fd: number, address: Uint8Array, length: number): number;
  getsockname(fd: number, address: Uint8Array, length: Uint32Array): number;
  recv(fd: number, into: Uint8Array, size: number, flags: number): number;
  send(fd: number, bytes: Uint8Array, size: number, flags: number): number;
  recvfrom(fd: number, into: Uint8Array, size: number, flags: number, address: Uint8Array, length: Uint32Array): number;
  sendto(fd: number, bytes: Uint8Array, size: number, flags: number, address: Uint8Array, length: number): number;
  epollCreate(flags: number): number;
  epollControl(epoll: number, operation: number, fd: number, event: Uint8Array): number;
  epollWait(epoll: number, events: Uint8Array, max: number, timeoutMs: number): number;
  close(fd: number): number;
  /** io_uring_setup(2): a descriptor, and `params` filled. */
  ioUringSetup(entries: number, params: Uint8Array): number;
  /** io_uring_enter(2) without waiting: how many of `count` operations were begun. */
  ioUringEnter(fd: number, count: number): number;
  /** Memory that is the kernel's too, until the process ends; undefined where it gives none. */
  mapShared(fd: number, length: number, offset: number): ArrayBuffer | undefined;
  /** Where the memory of `bytes` begins, which stays as long as it is referred to. */
  addressOf(bytes: Uint8Array): number;
  errno(): number;
}

/** `struct epoll_event` is packed on x86-64 and aligned elsewhere. */
export const EPOLL_EVENT = arch === "x64" ? { bytes: 12, data: 4 } : { bytes: 16, data: 8 };

export type LibcResult = { readonly libc: Libc } | { readonly unavailable: string };

/** The same on every architecture. */
const SYS_IO_URING_SETUP = 425;
const SYS_IO_URING_ENTER = 426;
const PROT_READ_WRITE = 3;
const MAP_SHARED_POPULATE = 0x8001;
const MAP_FAILED = 0xffff_ffff_ffff_ffffn;

/** Loads the library; where that fails, in words why. */
export async function loadLibc(): Promise<LibcResult> {
  if (platform !== "linux") return { unavailable: `the system is ${platform}, not Linux` };
  try {
    const { default: koffi } = await import("koffi");
    const library = koffi.load("libc.so.6");
    const call = <F>(prototype: string): F => library.func(prototype) as unknown as F;
    const setup = call<(number: number, entries: number, params: Uint8Array) => number>("long syscall(long, uint32_t, uint8_t *)");
    const enter = call<(...args: readonly [number: number, fd: number, submit: number, wait: number, flags: number, mask: null]) => number>("long syscall(long, int, uint32_t, uint32_t, uint32_t, void *)");
    const map = call<(...args: readonly [hint: null, length: number, protection: number, flags: number, fd: number, offset: number]) => bigint>("void *mmap(void *, size_t, int, int, int, int64_t)");
    return {
      libc: {
        socket: call("int socket(int, int, int)"),
        bind: call("int bind(int, const uint8_t *, uint32_t)"),
        connect: call("int connect(int, const uint8_t *, uint32_t)"),
        recv: call("intptr_t recv(int, uint8_t *, size_t, int)"),
        send: call("intptr_t send(int, const uint8_t *, size_t, int)"),
        getsockname: call("int getsockname(int, uint8_t *, uint32_t *)"),
        recvfrom: call("intptr_t recvfrom(int, uint8_t *, size_t, int, uint8_t *, uint32_t *)"),
        sendto: call("intptr_t sendto(int, const uint8_t *, size_t, int, const uint8_t *, uint32_t)"),
        epollCreate: call("int epoll_create1(int)"),
        epollControl: call("int epoll_ctl(int, int, int, uint8_t *)"),
        epollWait: call("int epoll_wait(int, uint8_t *, int, int)"),
        close: call("int close(int)"),
        ioUringSetup: (entries, params) => setup(SYS_IO_URING_SETUP, entries, params),
        ioUringEnter: (fd, count) => enter(SYS_IO_URING_ENTER, fd, count, 0, 0, null),
        mapShared: (fd, length, offset) => {
          const address = map(null, length, PROT_READ_WRITE, MAP_SHARED_POPULATE, fd, offset);
          return address === MAP_FAILED ? undefined : koffi.view(address, length);
        },
        addressOf: (bytes) => Number(koffi.address(bytes)),
        errno: () => koffi.errno(),
      },
    };
  } catch (error) {
    return { unavailable: error instanceof Error ? error.message : String(error) };
  }
}
