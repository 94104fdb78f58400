/* term: see term.h. */
#include "term.h"

#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <term.h>
#include <unistd.h>

#include "../base.h"
#include "crash.h"
#include "keys.h"
#include "stuck.h"
#include "theme.h"

/* How long Esc may be the begin of a key's sequence. */
#define ESC_DELAY_MS 25

static SCREEN *screen;
static bool ours; /* curses has the terminal now */
static int signals = -1;
static sigset_t watched, before;
static struct sigaction pipe_before;
static int stderr_copy = -1;
static enum glyph_set glyphs, glyphs_most;

/* Two clicks on a cell within this are a double click. */
#define DOUBLE_NS (NS_PER_S / 2)
static struct mouse mouse;
static uint64_t clicked_ns;

/* As many events as curses keeps. */
#define MOUSE_MOST 8
static struct {
    struct mouse at[MOUSE_MOST];
    size_t count, taken;
} mice;

/* A line that a library prints would tear the screen: while it is ours they go nowhere, unless
 * standard error was sent elsewhere. */
static void stderr_hide(void)
{
    if (!isatty(STDERR_FILENO))
        return;
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (null < 0)
        return;
    stderr_copy = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    if (stderr_copy >= 0)
        dup2(null, STDERR_FILENO);
    close(null);
}

static void stderr_show(void)
{
    if (stderr_copy < 0)
        return;
    dup2(stderr_copy, STDERR_FILENO);
    close(stderr_copy);
    stderr_copy = -1;
}

static void release(void)
{
    bool guarded = signals >= 0;

    if (ours && guarded)
        stuck_guard(true);
    if (ours)
        endwin();
    if (ours && guarded)
        stuck_end();
    ours = false;
    stderr_show();
}

static bool refuse(const char *terminal, const char *why)
{
    fprintf(
        stderr,
        "%s: the terminal type \"%.60s\" %s, so this is the text of -b instead; set TERM to one "
        "that fits (xterm, linux, vt100) for the screen\n",
        die_name, terminal, why);
    return false;
}

static void signals_watch(const struct termios *left)
{
    static const int list[] = {SIGWINCH, SIGTSTP, SIGCONT, SIGTERM, SIGHUP, SIGINT, SIGQUIT};

    sigemptyset(&watched);
    for (size_t i = 0; i < ARRAY_LEN(list); i++)
        sigaddset(&watched, list[i]);
    stuck_open(left, &watched);
    pthread_sigmask(SIG_BLOCK, &watched, &before);
    signals = signalfd(-1, &watched, SFD_NONBLOCK | SFD_CLOEXEC);
    /* A source's peer that went away is an error of the source, not the end. */
    sigaction(SIGPIPE, &(struct sigaction){.sa_handler = SIG_IGN}, &pipe_before);
}

static enum glyph_set choose_glyphs(const char *terminal)
{
    if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
        return GLYPH_ASCII;
    /* The console's font has neither eighths nor braille; hardware terminals know no UTF-8. */
    if (!strncmp(terminal, "linux", 5) || !strncmp(terminal, "vt", 2))
        return GLYPH_ASCII;
    return GLYPH_BRAILLE;
}

bool term_open(void)
{
    const char *terminal = getenv("TERM"), *no_color = getenv("NO_COLOR");

    setlocale(LC_CTYPE, "");
    if (!terminal || !*terminal)
        return refuse("", "is not set");
    glyphs = glyphs_most = choose_glyphs(terminal);
    struct termios left;
    bool have = tcgetattr(STDIN_FILENO, &left) == 0;
    screen = newterm(NULL, stdout, stdin);
    if (!screen)
        return refuse(terminal, "is not known on this machine");
    ours = true;
    if (!cursor_address) {
        release();
        delscreen(screen);
        return refuse(terminal, "cannot address its screen");
    }
    die_hook = release;
    stderr_hide();
    signals_watch(have ? &left : NULL);
    crash_open(have ? &left : NULL);
    set_escdelay(ESC_DELAY_MS);
    cbreak();
    noecho();
    nonl();
    curs_set(0);
    intrflush(stdscr, FALSE);
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    leaveok(stdscr, TRUE);
    mouseinterval(0); /* clicks are told apart here, without waiting */
    mousemask(BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED, NULL);
    theme_init(!no_color || !*no_color);
    return true;
}

void term_close(void)
{
    if (!screen)
        return;
    release();
    die_hook = NULL;
    delscreen(screen);
    screen = NULL;
    close(signals);
    signals = -1;
    stuck_close();
    crash_close();
    sigaction(SIGPIPE, &pipe_before, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

enum glyph_set term_glyphs(void)
{
    return glyphs;
}

void term_next_glyphs(void)
{
    glyphs = glyphs == GLYPH_ASCII ? glyphs_most : glyphs - 1;
}

void term_set_glyphs(enum glyph_set set)
{
    glyphs = MIN(set, glyphs_most);
}

void term_ring(void)
{
    beep();
}

struct mouse term_mouse(void)
{
    return mouse;
}

/* What an event says; false when nobody asked for it. */
static bool mouse_tell(const MEVENT *e, struct mouse *out)
{
    static struct mouse last;

    *out = (struct mouse){.y = e->y, .x = e->x};
    if (e->bstate & BUTTON4_PRESSED) {
        out->what = MOUSE_UP;
    } else if (e->bstate & BUTTON5_PRESSED) {
        out->what = MOUSE_DOWN;
    } else if (e->bstate & BUTTON1_PRESSED) {
        uint64_t now = clock_mono_ns();
        bool again = last.what == MOUSE_CLICK && last.y == e->y && last.x == e->x && clicked_ns &&
                     now - clicked_ns < DOUBLE_NS;
        out->what = again ? MOUSE_DOUBLE : MOUSE_CLICK;
        clicked_ns = now;
    } else {
        return false;
    }
    last = *out;
    return true;
}

/* Curses tells of several events at once where they came in one go, the newest first. */
static void mouse_read(void)
{
    MEVENT events[MOUSE_MOST];
    size_t count = 0;

    while (count < MOUSE_MOST && getmouse(&events[count]) == OK)
        count++;
    for (mice.count = mice.taken = 0; count-- > 0;)
        mice.count += mouse_tell(&events[count], &mice.at[mice.count]);
}

static bool mouse_next(void)
{
    if (mice.taken == mice.count)
        return false;
    mouse = mice.at[mice.taken++];
    return true;
}

int term_key_fd(void)
{
    return STDIN_FILENO;
}

int term_signal_fd(void)
{
    return signals;
}

static int from_curses(int code)
{
    static const struct {
        int curses, key;
    } table[] = {
        {KEY_UP, KEYS_UP},
        {KEY_DOWN, KEYS_DOWN},
        {KEY_LEFT, KEYS_LEFT},
        {KEY_PPAGE, KEYS_PGUP},
        {KEY_NPAGE, KEYS_PGDN},
        {KEY_RIGHT, KEYS_RIGHT},
        {KEY_HOME, KEYS_HOME},
        {KEY_END, KEYS_END},
        {KEY_ENTER, KEYS_ENTER},
        {KEY_DC, KEYS_DELETE},
        {KEY_BACKSPACE, KEYS_BACKSPACE},
        {KEY_BTAB, KEYS_BACKTAB},
        {KEY_FIND, KEYS_HOME},
        {KEY_SELECT, KEYS_END},
        {KEY_A1, KEYS_HOME},
        {KEY_C1, KEYS_END},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++)
        if (table[i].curses == code)
            return table[i].key;
    if (code == KEY_MOUSE) {
        mouse_read();
        return mouse_next() ? KEYS_MOUSE : 0;
    }
    if (code >= KEY_F(1) && code <= KEY_F(12))
        return KEYS_F1 + code - KEY_F(1);
    return 0; /* a key nobody asked for, or a resize that curses noticed */
}

int term_key(void)
{
    wint_t c;

    if (mouse_next())
        return KEYS_MOUSE;
    switch (get_wch(&c)) {
    case KEY_CODE_YES: return from_curses((int)c);
    case OK: return c == 127 || c == '\b' ? KEYS_BACKSPACE : (int)c;
    default: return -1;
    }
}

/* As the terminal is now; where it does not say, as curses believes. */
static void resize(void)
{
    struct winsize size;

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row && size.ws_col)
        resizeterm(size.ws_row, size.ws_col);
}

/* Stop as the default action would, with the terminal given back, and take it again after. */
static void stop(void)
{
    sigset_t stopping;

    endwin();
    ours = false;
    signal(SIGTSTP, SIG_DFL);
    raise(SIGTSTP);
    sigemptyset(&stopping);
    sigaddset(&stopping, SIGTSTP);
    pthread_sigmask(SIG_UNBLOCK, &stopping, NULL); /* stops here */
    pthread_sigmask(SIG_BLOCK, &stopping, NULL);
    ours = true;
}

enum term_event term_signals(void)
{
    struct signalfd_siginfo info;
    enum term_event event = TERM_NOTHING;

    while (read(signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        switch ((int)info.ssi_signo) {
        case SIGTSTP:
            stop();
            /* fall through */
        case SIGCONT:
            clearok(curscr, TRUE);
            /* fall through */
        case SIGWINCH:
            resize();
            if (event == TERM_NOTHING)
                event = TERM_RESIZED;
            break;
        default: event = TERM_LEAVE; break;
        }
    }
    return event;
}

bool term_gone(void)
{
    struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};
    int waiting = 0;

    if (poll(&p, 1, 0) <= 0)
        return false;
    if (p.revents & (POLLHUP | POLLERR | POLLNVAL))
        return true;
    /* Readable with nothing to read is the end. */
    return ioctl(STDIN_FILENO, FIONREAD, &waiting) == 0 && waiting == 0;
}

void term_frame_begin(void)
{
    erase();
}

void term_frame_end(void)
{
    stuck_guard(false);
    refresh();
    stuck_end();
}

void term_size(int *rows, int *cols)
{
    getmaxyx(stdscr, *rows, *cols);
}

void term_redraw(void)
{
    clearok(curscr, TRUE);
}
