/* crash: see crash.h. The handler does only what a handler may. */
#include "crash.h"

#include <curses.h>
#include <signal.h>
#include <string.h>
#include <term.h>
#include <unistd.h>

#include "../base.h"

static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
static struct sigaction before[ARRAY_LEN(signals)];
static struct termios modes;
static bool have_modes;
static pid_t owner; /* a child that draws or reads has no terminal to give back */
static char farewell[256];
static size_t farewell_len;

static void on_crash(int sig, siginfo_t *info, void *context)
{
    (void)context;
    if (getpid() == owner) {
        ssize_t n = write(STDOUT_FILENO, farewell, farewell_len);
        (void)n;
        if (have_modes)
            tcsetattr(STDIN_FILENO, TCSANOW, &modes);
    }
    for (size_t i = 0; i < ARRAY_LEN(signals); i++)
        if (signals[i] == sig)
            sigaction(sig, &before[i], NULL);
    /* A fault comes again by itself, with its address; what was only sent does not. */
    if (info->si_code <= 0)
        raise(sig);
}

/* A capability of the terminal without its delays. */
static void add(const char *capability)
{
    if (!capability || capability == (const char *)-1)
        return;
    while (*capability && farewell_len < sizeof(farewell)) {
        const char *end = strncmp(capability, "$<", 2) ? NULL : strchr(capability, '>');
        if (end)
            capability = end + 1;
        else
            farewell[farewell_len++] = *capability++;
    }
}

void crash_open(const struct termios *left)
{
    const char *mouse = tigetstr("XM");

    have_modes = left != NULL;
    if (left)
        modes = *left;
    owner = getpid();
    farewell_len = 0;
    if (mouse && mouse != (const char *)-1)
        add(tiparm(mouse, 0));
    else if (key_mouse)
        add("\033[?1000l");
    add(exit_attribute_mode);
    add(orig_pair);
    add(keypad_local);
    add(cursor_normal);
    add(exit_ca_mode);
    add("\r\n");
    for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
        struct sigaction action = {.sa_sigaction = on_crash, .sa_flags = SA_SIGINFO};
        sigemptyset(&action.sa_mask);
        sigaction(signals[i], &action, &before[i]);
    }
}

void crash_close(void)
{
    for (size_t i = 0; i < ARRAY_LEN(signals); i++)
        sigaction(signals[i], &before[i], NULL);
}
