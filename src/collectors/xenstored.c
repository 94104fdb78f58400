/* xenstored: see xenstored.h. */
#include "xenstored.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xenstore.h>

#include "../base.h"

/* Nobody listens on the socket: an answer could only come from a xenstore domain, and soon. */
#define WAIT_NO_SOCKET_MS 400
/* Somebody listens: a busy host may be slow. */
#define WAIT_SOCKET_MS 5000

bool xenstored_listens(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *path = xs_daemon_socket();
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool answers;

    if (fd < 0 || !path || strlen(path) >= sizeof(address.sun_path)) {
        if (fd >= 0)
            close(fd);
        return false;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    answers = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
    close(fd);
    return answers;
}

static _Noreturn void ask(int out)
{
    struct xs_handle *xs = xs_open(0);
    char *name = xs ? xs_read(xs, XBT_NULL, "/local/domain/0/name", NULL) : NULL;

    /* A xenstored that does not know the node has answered all the same. */
    _exit(xs && (name || errno == ENOENT) && write(out, "y", 1) == 1 ? 0 : 1);
}

const char *xenstored_missing(void)
{
    bool listening = xenstored_listens();
    struct pollfd answer = {.events = POLLIN};
    int ends[2], answered;
    char yes = 0;

    if (pipe(ends))
        return NULL; /* cannot tell; the collectors will */
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        ask(ends[1]);
    }
    close(ends[1]);
    answer.fd = ends[0];
    answered = child > 0 ? poll(&answer, 1, listening ? WAIT_SOCKET_MS : WAIT_NO_SOCKET_MS) : 0;
    bool ok = answered > 0 && read(ends[0], &yes, 1) == 1 && yes == 'y';
    close(ends[0]);
    if (child > 0) {
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
    }
    if (ok)
        return NULL;
    if (listening)
        return "xenstored does not answer: look after its process, or try `domtop --demo`";
    return "xenstored is not running: start it (`systemctl start xenstored`, or your "
           "toolstack's service), or try `domtop --demo`";
}
