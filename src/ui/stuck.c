/* stuck: see stuck.h. Handlers do only what a handler may. */
#include "stuck.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "../base.h"

static const int signals[] = {SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGALRM};
static struct sigaction before[ARRAY_LEN(signals)];
static struct termios modes;
static bool have_modes, on_the_way;
static int nowhere = -1;

static volatile sig_atomic_t asked, alarms;

static void on_ask(int sig)
{
    asked = sig;
    alarm(1);
}

/* What Ctrl-S stopped, Ctrl-S losing its meaning starts again. */
static void go_on(void)
{
    struct termios now;

    if (tcgetattr(STDOUT_FILENO, &now))
        return;
    now.c_iflag &= ~(tcflag_t)IXON;
    tcsetattr(STDOUT_FILENO, TCSANOW, &now);
}

static void on_alarm(int sig)
{
    int err = errno;

    (void)sig;
    if (alarms++ == 0)
        go_on();
    else
        dup2(nowhere, STDOUT_FILENO);
    alarm(1);
    errno = err;
}

static void mask(int how)
{
    sigset_t set;

    sigemptyset(&set);
    for (size_t i = 0; i < ARRAY_LEN(signals); i++)
        sigaddset(&set, signals[i]);
    pthread_sigmask(how, &set, NULL);
}

void stuck_open(const struct termios *left, sigset_t *blocked)
{
    nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    have_modes = left != NULL;
    if (left)
        modes = *left;
    asked = alarms = 0;
    on_the_way = false;
    for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
        /* No SA_RESTART: what waits is to look again where it writes to. */
        struct sigaction action = {.sa_handler = signals[i] == SIGALRM ? on_alarm : on_ask};
        sigfillset(&action.sa_mask);
        sigaction(signals[i], NULL, &before[i]);
        if (before[i].sa_handler != SIG_IGN || signals[i] == SIGALRM)
            sigaction(signals[i], &action, NULL);
        sigaddset(blocked, signals[i]);
    }
}

void stuck_close(void)
{
    for (size_t i = 0; i < ARRAY_LEN(signals); i++)
        sigaction(signals[i], &before[i], NULL);
    if (alarms > 1 && have_modes)
        tcsetattr(STDIN_FILENO, TCSANOW, &modes); /* curses could not */
    close(nowhere);
}

void stuck_guard(bool leaving)
{
    on_the_way = leaving;
    if (leaving)
        alarm(1);
    mask(SIG_UNBLOCK);
}

void stuck_end(void)
{
    mask(SIG_BLOCK);
    alarm(0);
    if (asked && !on_the_way)
        kill(getpid(), asked);
    asked = 0;
}
