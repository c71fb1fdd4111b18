// Many short-lived producers, to see whether a listener survives them: each is a process of its own that connects, sends an event, and then
// waits for its answer, leaves without it, or is killed. In C and by fork, because ten thousand of them have to start quickly.

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netdb.h>
#include <nng/nng.h>
#include <nng/protocol/reqrep0/req.h>
#include <nng/supplemental/tls/tls.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    CLIENTS_MAX = 10000000,
    CONCURRENCY_MAX = 512,
    ANSWER_TIMEOUT_MS = 20000,
    KILL_AFTER_MS_MAX = 30,
    CLOSE_TIMEOUT_S = 10,
    // Above all time-outs of a client together: one that lives longer hangs within libnng, and not on the node.
    LIFETIME_MAX_MS = 60000,
};

static const char usage[] =
    "Usage: weir-churn URL [--clients N] [--concurrency N] [--seed N] [--ca FILE --identity FILE]\n"
    "\n"
    "Starts N producers (default 10000), some at a time (default 16), each in a process of its own, against an ingest at URL: tcp://HOST:PORT,\n"
    "tls+tcp://HOST:PORT or ipc:///PATH. Of ten, four wait for their answer and close, two wait and end without closing, two are killed at a\n"
    "random moment, one leaves without waiting, and one (over TCP) sends bytes that are no request. Each sends one event of its own.\n"
    "\n"
    "With tls+tcp: --ca is the certificate of the authority, --identity a file with the client's certificate and key, one after the other.\n"
    "\n"
    "Prints one JSON object: how many of each kind, how many of those that waited were answered, refused or left without an answer for 20 s,\n"
    "the longest wait, and how many clients hung in libnng (close_hung, client_hung). Exit codes: 0 all that waited were answered, 1 not all, 64 wrong usage.\n"
    "\n"
    "Example:\n"
    "  weir-churn tcp://127.0.0.1:7701 --clients 1000 --seed 7\n";

static struct {
    const char *url;
    const char *ca;
    const char *identity;
    long clients;
    long concurrency;
    uint64_t seed;
} options = {.clients = 10000, .concurrency = 16, .seed = 1};

// What a producer does with its request.
enum kind { CLOSES, EXITS, KILLED, LEAVES, BABBLES, KINDS };
static const char *const kind_names[KINDS] = {"closes", "exits", "killed", "leaves", "babbles"};

// How a producer ended.
enum outcome { ANSWERED = 0, REFUSED = 3, UNANSWERED = 4, BROKEN = 5, CLOSE_HUNG = 6 };

static uint64_t now_ms(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

// Source: S. Vigna, splitmix64.c.
static uint64_t scrambled(uint64_t state) {
    uint64_t z = state * 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static enum kind kind_of(long client) {
    switch (scrambled(options.seed ^ (uint64_t)client) % 10) {
    case 0: case 1: case 2: case 3: return CLOSES;
    case 4: case 5: return EXITS;
    case 6: case 7: return KILLED;
    case 8: return LEAVES;
    default: return strncmp(options.url, "ipc", 3) == 0 ? LEAVES : BABBLES;
    }
}

// MARK: A producer

static size_t write_event(char *text, size_t size, long client) {
    uint64_t high = scrambled(options.seed), low = (uint64_t)client + 1;
    return (size_t)snprintf(
        text, size,
        "{\"event_type\":\"CODEGEN_STARTED\",\"event_id\":\"%08" PRIx32 "-%04x-%04x-%04x-%012" PRIx64 "\","
        "\"correlation_id\":\"00000000-0000-0000-0000-%012" PRIx64 "\","
        "\"workflow_id\":\"00000000-0000-0000-0000-%012" PRIx64 "\",\"timestamp\":\"2026-11-03T00:00:01Z\"}\n",
        (uint32_t)(high >> 32), (unsigned)(high >> 16) & 0xFFFF, (unsigned)high & 0xFFFF, 0x8000u,
        low & 0xFFFFFFFFFFFFu, low & 0xFFFFFFFFFFFFu, low & 0xFFFFFFFFFFFFu);
}

// Bytes that are no beginning of a connection, or only half of one, and the end.
static enum outcome babble(long client) {
    const char *address = strstr(options.url, "://") + 3;
    char host[256];
    const char *colon = strrchr(address, ':');
    if (colon == NULL || (size_t)(colon - address) >= sizeof host) return BROKEN;
    memcpy(host, address, (size_t)(colon - address));
    host[colon - address] = 0;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    if (getaddrinfo(host, colon + 1, &hints, &found) != 0) return BROKEN;
    int fd = socket(found->ai_family, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, found->ai_addr, found->ai_addrlen) != 0) return BROKEN;
    char bytes[64];
    for (size_t at = 0; at < sizeof bytes; at += 8) {
        uint64_t random = scrambled(options.seed + (uint64_t)client + at);
        memcpy(bytes + at, &random, 8);
    }
    // Half of them begin as nng does.
    if (client % 2 == 0) memcpy(bytes, "\0SP\0\0\x30\0\0", 8);
    ssize_t sent = send(fd, bytes, 1 + scrambled((uint64_t)client) % sizeof bytes, MSG_NOSIGNAL);
    return sent > 0 ? ANSWERED : BROKEN;
}

static void give_up_closing(int signal) {
    (void)signal;
    _exit(CLOSE_HUNG);
}

// nng_close can wait for ever (nanomsg/nng 1543, 1813).
static void close_in_time(nng_socket socket) {
    signal(SIGALRM, give_up_closing);
    alarm(CLOSE_TIMEOUT_S);
    nng_close(socket);
    alarm(0);
}

static enum outcome produce(long client, enum kind kind) {
    if (kind == BABBLES) return babble(client);
    nng_socket socket;
    nng_dialer dialer;
    if (nng_req0_open(&socket) != 0 || nng_dialer_create(&dialer, socket, options.url) != 0) return BROKEN;
    if (options.ca != NULL && nng_dialer_set_string(dialer, NNG_OPT_TLS_CA_FILE, options.ca) != 0) return BROKEN;
    if (options.identity != NULL && nng_dialer_set_string(dialer, NNG_OPT_TLS_CERT_KEY_FILE, options.identity) != 0)
        return BROKEN;
    nng_socket_set_ms(socket, NNG_OPT_SENDTIMEO, ANSWER_TIMEOUT_MS);
    nng_socket_set_ms(socket, NNG_OPT_RECVTIMEO, ANSWER_TIMEOUT_MS);
    nng_socket_set_ms(socket, NNG_OPT_RECONNMINT, 20);
    nng_socket_set_ms(socket, NNG_OPT_RECONNMAXT, 200);
    nng_socket_set_ms(socket, NNG_OPT_REQ_RESENDTIME, 5000);
    if (nng_dialer_start(dialer, NNG_FLAG_NONBLOCK) != 0) return BROKEN;
    char event[512];
    size_t size = write_event(event, sizeof event, client);
    if (nng_send(socket, event, size, 0) != 0) return UNANSWERED;
    if (kind == LEAVES) {
        close_in_time(socket);
        return ANSWERED;
    }
    char *reply = NULL;
    size_t reply_size = 0;
    if (nng_recv(socket, &reply, &reply_size, NNG_FLAG_ALLOC) != 0) return UNANSWERED;
    bool is_accepted = reply_size > 12 && memcmp(reply, "{\"accepted\":1", 13) == 0;
    if (is_accepted && kind == CLOSES) close_in_time(socket);
    return is_accepted ? ANSWERED : REFUSED;
}

// MARK: All of them

struct running {
    pid_t pid;
    enum kind kind;
    uint64_t began_ms;
    uint64_t kill_at_ms;  // 0 for those that end by themselves.
    bool has_outlived;
};

static long number(const char *flag, const char *text, long max) {
    char *end = NULL;
    long value = text == NULL ? 0 : strtol(text, &end, 10);
    if (text == NULL || *end != 0 || value < 1 || value > max) {
        fprintf(stderr, "error: %s needs a whole number from 1 to %ld\n", flag, max);
        exit(64);
    }
    return value;
}

static void read_options(int count, char **arguments) {
    for (int at = 1; at < count; at++) {
        const char *flag = arguments[at], *value = at + 1 < count ? arguments[at + 1] : NULL;
        if (strcmp(flag, "--help") == 0 || strcmp(flag, "-h") == 0) {
            fputs(usage, stdout);
            exit(0);
        } else if (strcmp(flag, "--clients") == 0) {
            options.clients = number(flag, value, CLIENTS_MAX), at++;
        } else if (strcmp(flag, "--concurrency") == 0) {
            options.concurrency = number(flag, value, CONCURRENCY_MAX), at++;
        } else if (strcmp(flag, "--seed") == 0) {
            options.seed = (uint64_t)number(flag, value, INT32_MAX), at++;
        } else if (strcmp(flag, "--ca") == 0 && value != NULL) {
            options.ca = value, at++;
        } else if (strcmp(flag, "--identity") == 0 && value != NULL) {
            options.identity = value, at++;
        } else if (flag[0] != '-' && options.url == NULL && strstr(flag, "://") != NULL) {
            options.url = flag;
        } else {
            fprintf(stderr, "error: %s is not known here; see weir-churn --help\n", flag);
            exit(64);
        }
    }
    if (options.url == NULL) {
        fputs("error: the URL of an ingest is needed; see weir-churn --help\n", stderr);
        exit(64);
    }
}

int main(int count, char **arguments) {
    read_options(count, arguments);
    static struct running running[CONCURRENCY_MAX];
    long started = 0, active = 0, kinds[KINDS] = {0};
    long waited = 0, answered = 0, refused = 0, unanswered = 0, broken = 0, close_hung = 0, client_hung = 0;
    uint64_t began = now_ms(), longest = 0;
    while (started < options.clients || active > 0) {
        while (active < options.concurrency && started < options.clients) {
            enum kind kind = kind_of(started);
            pid_t pid = fork();
            if (pid == 0) _exit(produce(started, kind));
            if (pid < 0) {
                perror("error: fork");
                return 1;
            }
            uint64_t now = now_ms();
            uint64_t after = scrambled(~options.seed ^ (uint64_t)started) % KILL_AFTER_MS_MAX;
            running[active++] = (struct running){pid, kind, now, kind == KILLED ? now + 1 + after : 0, false};
            kinds[kind]++;
            started++;
        }
        for (long at = 0; at < active;) {
            uint64_t now = now_ms();
            if (running[at].kill_at_ms != 0 && now >= running[at].kill_at_ms) {
                kill(running[at].pid, SIGKILL);
                running[at].kill_at_ms = 0;
            }
            if (!running[at].has_outlived && now - running[at].began_ms > LIFETIME_MAX_MS) {
                kill(running[at].pid, SIGKILL);
                running[at].has_outlived = true;
            }
            int status = 0;
            if (waitpid(running[at].pid, &status, WNOHANG) != running[at].pid) {
                at++;
                continue;
            }
            bool has_hung = WIFEXITED(status) && WEXITSTATUS(status) == CLOSE_HUNG;
            if (has_hung) close_hung++;
            if (running[at].has_outlived) {
                client_hung++;
                running[at] = running[--active];
                continue;
            }
            if (running[at].kind == CLOSES || running[at].kind == EXITS) {
                uint64_t time = now - running[at].began_ms;
                if (time > longest && !has_hung) longest = time;
                waited++;
                int outcome = WIFEXITED(status) ? WEXITSTATUS(status) : BROKEN;
                if (outcome == ANSWERED || outcome == CLOSE_HUNG) answered++;
                else if (outcome == REFUSED) refused++;
                else if (outcome == UNANSWERED) unanswered++;
                else broken++;
            }
            running[at] = running[--active];
        }
        nanosleep(&(struct timespec){.tv_nsec = 500000}, NULL);
    }
    printf("{\"clients\":%ld", started);
    for (int kind = 0; kind < KINDS; kind++) printf(",\"%s\":%ld", kind_names[kind], kinds[kind]);
    printf(
        ",\"waited\":%ld,\"answered\":%ld,\"refused\":%ld,\"unanswered\":%ld,\"broken\":%ld,\"close_hung\":%ld,\"client_hung\":%ld,\"longest_ms\":%" PRIu64
        ",\"seconds\":%.1f}\n",
        waited, answered, refused, unanswered, broken, close_hung, client_hung, longest, (double)(now_ms() - began) / 1000);
    return answered == waited ? 0 : 1;
}
