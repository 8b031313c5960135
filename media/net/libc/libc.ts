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
  errno(): number;
}

/** `struct epoll_event` is packed on x86-64 and aligned elsewhere. */
export const EPOLL_EVENT = arch === "x64" ? { bytes: 12, data: 4 } : { bytes: 16, data: 8 };

export type LibcResult = { readonly libc: Libc } | { readonly unavailable: string };

/** Loads the library; where that fails, in words why. */
export async function loadLibc(): Promise<LibcResult> {
  if (platform !== "linux") return { unavailable: `the system is ${platform}, not Linux` };
  try {
    const { default: koffi } = await import("koffi");
    const library = koffi.load("libc.so.6");
    const call = <F>(prototype: string): F => library.func(prototype) as unknown as F;
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
        errno: () => koffi.errno(),
      },
    };
  } catch (error) {
    return { unavailable: error instanceof Error ? error.message : String(error) };
  }
}
