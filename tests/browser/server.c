/*
 * server: the page and its API over a simulated host, for the browser's tests and the pictures: the
 * real server, routes and renderers, in one process that ends when its standard input does.
 *
 * usage: server DEMO-SETTINGS DELAY [hostile] [unsure] [silent] [store=DIR]
 *   hostile   domains have names that mean something to HTML, scripts and terminals
 *   unsure    of every other domain one part of what it costs dom0 is unknown
 *   silent    no more samples after those of the past
 * Prints the address it listens on.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <netinet/in.h>
#include <sys/socket.h>

#include "collectors/demo.h"
#include "export/http_listen.h"
#include "export/web.h"
#include "store/reader.h"

static struct web *web;
static double delay_s;
static bool hostile, unsure, silent;

static const char *const names[] = {
    "<img src=x onerror=\"window.pwned=1\">",
    "\"><script>window.pwned=1</script>",
    "javascript:window.pwned=1//' onfocus=window.pwned=1 autofocus",
    "x\u202egnp.evil\u202c \u200b\u2066rtl",
    "{{constructor.constructor('window.pwned=1')()}}",
    "&lt;b&gt; &amp; </td></table>",
};

static void rename_domains(struct snapshot *s)
{
    char long_name[201];

    for (size_t i = 1; i < s->domain_count; i++) {
        if (i <= ARRAY_LEN(names))
            s->domains[i].name = snapshot_add_cstr(s, names[i - 1]);
        else if (i == ARRAY_LEN(names) + 1) {
            memset(long_name, 'W', sizeof(long_name) - 1);
            long_name[sizeof(long_name) - 1] = '\0';
            s->domains[i].name = snapshot_add_cstr(s, long_name);
        }
    }
}

static void *samples(void *context)
{
    struct source *source = context;
    struct snapshot s = {0};

    for (unsigned k = 0;; k++) {
        if (k > source->past && silent)
            return NULL;
        if (k > source->past)
            usleep((useconds_t)(delay_s * 1e6));
        if (source->sample(source, &s, PART_ALL))
            continue;
        if (hostile)
            rename_domains(&s);
        for (size_t i = 1; unsure && i < s.domain_count; i += 2)
            s.domains[i].tap_ns = UNKNOWN;
        web_publish(web, &s);
    }
}

/* On loopback, at a port that is free. */
static int listening(void)
{
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *)&here, sizeof(here)) || listen(fd, 128))
        die(EXIT_FAILED, "no socket to listen on");
    return fd;
}

int main(int argc, char **argv)
{
    struct demo_config demo;
    int socket;
    pthread_t thread;
    const char *store = NULL;
    char message[HTTP_MESSAGE], address[HTTP_ADDRESS], byte;

    if (argc < 3)
        die(EXIT_USAGE, "usage: server DEMO-SETTINGS DELAY [hostile] [unsure] [silent]");
    demo_defaults(&demo);
    if (demo_parse(&demo, argv[1], message))
        die(EXIT_USAGE, "%s", message);
    delay_s = strtod(argv[2], NULL);
    for (int i = 3; i < argc; i++) {
        hostile |= !strcmp(argv[i], "hostile");
        unsure |= !strcmp(argv[i], "unsure");
        silent |= !strcmp(argv[i], "silent");
        if (!strncmp(argv[i], "store=", 6))
            store = argv[i] + 6;
    }
    web = web_new(&(struct web_config){.source_name = "demo", .delay_s = delay_s, .store = store});
    if (store) {
        char why[READER_MESSAGE];
        struct past *past = store_past_open(store, why);
        if (!past)
            die(EXIT_FAILED, "%s", why);
        web_set_past(web, past);
    }
    socket = listening();
    if (pthread_create(&thread, NULL, samples, demo_open(&demo)))
        die(EXIT_FAILED, "no thread");
    struct http_server *server = http_start(&(struct http_config){.sockets = &socket,
                                                                  .socket_count = 1,
                                                                  .routes = web_routes,
                                                                  .route_count = web_route_count,
                                                                  .context = web},
                                            message);
    if (!server)
        die(EXIT_FAILED, "%s", message);
    http_listen_name(socket, address);
    printf("http://%s\n", address);
    fflush(stdout);
    while (read(STDIN_FILENO, &byte, 1) > 0)
        ;
    return 0;
}
