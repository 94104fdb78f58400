/*
 * keys: which key does what. The one table from which dispatch, help and the footer come.
 *
 * Knows no view and no curses: a key is a Unicode code point or one of the codes below, and an
 * action is a name that whoever is on top may act on.
 */
#ifndef DOMTOP_UI_KEYS_H
#define DOMTOP_UI_KEYS_H

#include <stdbool.h>
#include <stddef.h>

/* Keys that are no characters: beyond all code points. */
enum {
    KEYS_UP = 0x110000,
    KEYS_DOWN,
    KEYS_LEFT,
    KEYS_RIGHT,
    KEYS_PGUP,
    KEYS_PGDN,
    KEYS_HOME,
    KEYS_END,
    KEYS_BACKSPACE,
    KEYS_DELETE,
    KEYS_BACKTAB,
    KEYS_MOUSE, /* something with the mouse: term_mouse() says what */
    KEYS_F1,    /* F12 is KEYS_F1 + 11 */
    KEYS_LAST = KEYS_F1 + 12,
};
#define KEYS_CTRL(c) ((c)&0x1f)
enum { KEYS_ESC = 27, KEYS_ENTER = '\r' };

enum mouse_what { MOUSE_CLICK, MOUSE_DOUBLE, MOUSE_UP, MOUSE_DOWN };

/* What was done with the mouse, and on which cell. */
struct mouse {
    enum mouse_what what;
    int y, x;
};

enum action {
    ACTION_NONE,
    ACTION_UP,
    ACTION_DOWN,
    ACTION_PAGE_UP,
    ACTION_PAGE_DOWN,
    ACTION_FIRST,
    ACTION_LAST,
    ACTION_LEFT,
    ACTION_RIGHT,
    ACTION_VIEW_NEXT,
    ACTION_VIEW_BEFORE,
    ACTION_VIEW_1, /* the views, in their order */
    ACTION_VIEW_2,
    ACTION_VIEW_3,
    ACTION_VIEW_4,
    ACTION_VIEW_5,
    ACTION_VIEW_6,
    ACTION_VIEW_7,
    ACTION_SORT_CPU,
    ACTION_SORT_MEM,
    ACTION_SORT_TIME,
    ACTION_SORT_NAME,
    ACTION_SORT_LEFT,
    ACTION_SORT_RIGHT,
    ACTION_SORT_MENU,
    ACTION_REVERSE,
    ACTION_PIN_DOM0,
    ACTION_SEARCH,
    ACTION_SEARCH_NEXT,
    ACTION_FILTER,
    ACTION_TAG,
    ACTION_UNTAG,
    ACTION_ONLY_TAGGED,
    ACTION_COLUMNS,
    ACTION_CPU_SCALE,
    ACTION_TOTALS,
    ACTION_UNITS,
    ACTION_THEME,
    ACTION_GLYPHS,
    ACTION_BELL,
    ACTION_PAUSE,
    ACTION_BACK,
    ACTION_FORWARD,
    ACTION_BACK_FAR,
    ACTION_FORWARD_FAR,
    ACTION_DELAY,
    ACTION_SAMPLE,
    ACTION_EVENT_NEXT, /* looking back: from here on to ACTION_PAST_END */
    ACTION_EVENT_BEFORE,
    ACTION_BAD_NEXT,
    ACTION_BAD_BEFORE,
    ACTION_JUMP,
    ACTION_JUMP_BACK,
    ACTION_WIDER,
    ACTION_NARROWER,
    ACTION_FASTER,
    ACTION_SLOWER,
    ACTION_PAST_START,
    ACTION_PAST_END,
    ACTION_SOURCES,
    ACTION_HELP,
    ACTION_REDRAW,
    ACTION_CHOOSE,
    ACTION_CLOSE,
    ACTION_QUIT,
    ACTION_COUNT
};

/* In the order of help: two columns of it break before KEYS_FINDING. */
enum key_group {
    KEYS_MOVING,
    KEYS_VIEWS,
    KEYS_SORTING,
    KEYS_FINDING,
    KEYS_SHOWING,
    KEYS_TIME,
    KEYS_GENERAL,
    KEY_GROUPS
};

#define KEYS_EACH 4

struct key {
    enum action action;
    int codes[KEYS_EACH]; /* 0 where there is none; the first is the one the footer names */
    enum key_group group;
    const char *hint; /* a word for the footer; NULL: not in the footer */
    const char *help; /* a sentence without its full stop */
};

/* The last is how to leave, which the footer always shows. */
extern const struct key *keys;
extern size_t key_count;

/* From now on the keys are those for looking back: some that are of a live host's only are gone,
 * and some do other things. Back to the live ones with false. */
void keys_look_back(bool looking);

enum action key_action(int code);
const char *key_group_name(enum key_group group);

/* What is written on the key: "PgUp", "Ctrl-L", "F1", "q". */
#define KEY_NAME 12
const char *keys_name(int code, char out[KEY_NAME]);

/* The names of all a row's keys, separated by spaces; its length. */
#define KEY_NAMES (KEYS_EACH * KEY_NAME)
size_t keys_names(const struct key *k, char out[KEY_NAMES]);

#endif
