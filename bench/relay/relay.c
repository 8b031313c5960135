/* The floor: a relay as plain as C can have it. One socket a leg, epoll, receive and send; nothing is checked or counted.
 * Legs 2i and 2i+1 are a call; leg i is bound to BASE + i and sends to PEER + i of the load.
 * Usage: relay BASE PEER LEGS. Prints the ports of its legs, one a line; ends when standard input does. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#define EVENTS 256

static struct sockaddr_in loopback(int port)
{
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port) };
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return a;
}

int main(int argc, char **argv)
{
    if (argc != 4) return 2;
    int base = atoi(argv[1]), peer = atoi(argv[2]), legs = atoi(argv[3]);
    int *fds = calloc(legs, sizeof *fds), epoll = epoll_create1(0);
    for (int i = 0; i < legs; i++) {
        struct sockaddr_in local = loopback(base + i), remote = loopback(peer + i);
        fds[i] = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
        if (bind(fds[i], (struct sockaddr *)&local, sizeof local) || connect(fds[i], (struct sockaddr *)&remote, sizeof remote)) return 1;
        struct epoll_event e = { .events = EPOLLIN, .data.u32 = i };
        epoll_ctl(epoll, EPOLL_CTL_ADD, fds[i], &e);
        printf("%d\n", base + i);
    }
    fflush(stdout);
    struct epoll_event in = { .events = EPOLLIN, .data.u32 = (unsigned)legs };
    epoll_ctl(epoll, EPOLL_CTL_ADD, STDIN_FILENO, &in);
    unsigned char buffer[1500];
    for (;;) {
        struct epoll_event events[EVENTS];
        int n = epoll_wait(epoll, events, EVENTS, -1);
        for (int k = 0; k < n; k++) {
            unsigned i = events[k].data.u32;
            if (i == (unsigned)legs) {
                if (read(STDIN_FILENO, buffer, sizeof buffer) <= 0) return 0;
                continue;
            }
            ssize_t length = recv(fds[i], buffer, sizeof buffer, 0);
            if (length > 0) send(fds[i ^ 1], buffer, length, 0);
        }
    }
}
