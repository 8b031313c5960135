/* The load: LEGS sockets, each sends a 20 ms G.711 packet every 20 ms, spread evenly, and counts what comes. Leg i is bound
 * to BASE + i and sends to the port in line i of standard input. Loopback only.
 * Usage: load BASE LEGS WARM_SECONDS SECONDS. Prints "<sent> <received>" after the warm-up and at the end, and ends when
 * standard input does. */
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#define EVENTS 256
#define PACKET 172
#define PER_SECOND 50

static struct sockaddr_in loopback(int port)
{
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port) };
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return a;
}

static int64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

int main(int argc, char **argv)
{
    if (argc != 5) return 2;
    int base = atoi(argv[1]), legs = atoi(argv[2]), warm = atoi(argv[3]), seconds = atoi(argv[4]);
    if (legs < 1 || legs > 4000 || warm < 0 || seconds < 1 || warm + seconds > 120) return 2;
    int *fds = calloc(legs, sizeof *fds), epoll = epoll_create1(0);
    for (int i = 0; i < legs; i++) {
        int port;
        if (scanf("%d", &port) != 1) return 2;
        struct sockaddr_in local = loopback(base + i), remote = loopback(port);
        fds[i] = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
        if (bind(fds[i], (struct sockaddr *)&local, sizeof local) || connect(fds[i], (struct sockaddr *)&remote, sizeof remote)) return 1;
        struct epoll_event e = { .events = EPOLLIN, .data.fd = fds[i] };
        epoll_ctl(epoll, EPOLL_CTL_ADD, fds[i], &e);
    }
    int64_t start = now_us(), end = (int64_t)(warm + seconds) * 1000000;
    int64_t marks[2] = { (int64_t)warm * 1000000, end };
    long sent = 0, received = 0;
    unsigned char packet[PACKET] = { 0x80, 8 }, buffer[1500];
    for (int i = 12; i < PACKET; i++) packet[i] = 0xd5;
    for (int mark = 0; mark < 2;) {
        int64_t now = now_us() - start;
        if (now >= marks[mark]) {
            printf("%ld %ld\n", sent, received);
            fflush(stdout);
            mark++;
        }
        for (int64_t due = now * PER_SECOND * legs / 1000000; sent < due; sent++) {
            int leg = sent % legs;
            uint32_t seq = sent / legs, time = seq * 160;
            packet[2] = seq >> 8, packet[3] = seq;
            packet[4] = time >> 24, packet[5] = time >> 16, packet[6] = time >> 8, packet[7] = time;
            packet[10] = leg >> 8, packet[11] = leg;
            send(fds[leg], packet, PACKET, 0);
        }
        struct epoll_event events[EVENTS];
        int n = epoll_wait(epoll, events, EVENTS, 1);
        for (int k = 0; k < n; k++)
            while (recv(events[k].data.fd, buffer, sizeof buffer, 0) > 0) received++;
    }
    /* The sockets stay until they are no longer sent to: what is refused would cost the relay something. */
    while (getchar() != EOF) continue;
    return 0;
}
