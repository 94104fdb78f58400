/* keys: see keys.h. */
#include "keys.h"

#include <stdio.h>
#include <string.h>

#include "../base.h"

#define F(n) (KEYS_F1 + (n)-1)

/* In the order of help, and of the footer. */
/* clang-format off */
static const struct key live_keys[] = {
    {ACTION_UP,          {KEYS_UP, 'k'},              KEYS_MOVING,  NULL,      "one row up"},
    {ACTION_DOWN,        {KEYS_DOWN, 'j'},            KEYS_MOVING,  NULL,      "one row down"},
    {ACTION_PAGE_UP,     {KEYS_PGUP, KEYS_CTRL('b')}, KEYS_MOVING,  NULL,      "one page up"},
    {ACTION_PAGE_DOWN,   {KEYS_PGDN, KEYS_CTRL('f')}, KEYS_MOVING,  NULL,      "one page down"},
    {ACTION_FIRST,       {KEYS_HOME, 'g'},            KEYS_MOVING,  NULL,      "to the first row"},
    {ACTION_LAST,        {KEYS_END, 'G'},             KEYS_MOVING,  NULL,      "to the last row"},
    {ACTION_LEFT,        {KEYS_LEFT},                 KEYS_MOVING,  NULL,      "columns, domain before"},
    {ACTION_RIGHT,       {KEYS_RIGHT},                KEYS_MOVING,  NULL,      "columns, the next domain"},

    {ACTION_HELP,        {'?', 'h', F(1)},            KEYS_GENERAL, "help",    "this help"},
    {ACTION_CHOOSE,      {KEYS_ENTER, '\n'},          KEYS_VIEWS,   "detail",  "the marked domain in full"},
    {ACTION_VIEW_NEXT,   {'\t'},                      KEYS_VIEWS,   "next",    "next view"},
    {ACTION_VIEW_BEFORE, {KEYS_BACKTAB},              KEYS_VIEWS,   NULL,      "view before"},
    {ACTION_VIEW_1,      {'1'},                       KEYS_VIEWS,   NULL,      "domains"},
    {ACTION_VIEW_2,      {'2'},                       KEYS_VIEWS,   NULL,      "one domain in full"},
    {ACTION_VIEW_3,      {'3', 'v'},                  KEYS_VIEWS,   NULL,      "vcpus of all domains"},
    {ACTION_VIEW_4,      {'4', 'n'},                  KEYS_VIEWS,   NULL,      "networks of all domains"},
    {ACTION_VIEW_5,      {'5', 'b'},                  KEYS_VIEWS,   NULL,      "disks of all domains"},
    {ACTION_VIEW_6,      {'6'},                       KEYS_VIEWS,   NULL,      "the host and dom0"},
    {ACTION_VIEW_7,      {'7', 'e'},                  KEYS_VIEWS,   NULL,      "what happened"},

    {ACTION_SORT_CPU,    {'P'},                       KEYS_SORTING, "cpu",     "sort by cpu"},
    {ACTION_SORT_MEM,    {'M'},                       KEYS_SORTING, "mem",     "sort by memory"},
    {ACTION_SORT_TIME,   {'T', KEYS_CTRL('p')},                       KEYS_SORTING, NULL,      "sort by cpu time used"},
    {ACTION_SORT_NAME,   {'N'},                       KEYS_SORTING, NULL,      "sort by name"},
    {ACTION_SORT_LEFT,   {'<', ','},                  KEYS_SORTING, NULL,      "sort by the next one left"},
    {ACTION_SORT_RIGHT,  {'>', '.'},                  KEYS_SORTING, NULL,      "sort by the next one right"},
    {ACTION_SORT_MENU,   {'s', F(6)},                 KEYS_SORTING, "sort",    "choose the sort column"},
    {ACTION_REVERSE,     {'r', 'I'},                  KEYS_SORTING, "reverse", "turn the order round"},
    {ACTION_PIN_DOM0,    {'0'},                       KEYS_SORTING, NULL,      "dom0 stays on top, or not"},

    {ACTION_SEARCH,      {'/'},                       KEYS_FINDING, "search",  "search as you type"},
    {ACTION_SEARCH_NEXT, {F(3), KEYS_CTRL('n')},      KEYS_FINDING, NULL,      "next one found"},
    {ACTION_FILTER,      {'\\', F(4)},                KEYS_FINDING, "filter",  "show only: web, cpu>50"},
    {ACTION_TAG,         {'t', KEYS_CTRL('t')},                       KEYS_FINDING, "tag",     "tag the marked domain"},
    {ACTION_UNTAG,       {'U'},                       KEYS_FINDING, NULL,      "untag all"},
    {ACTION_ONLY_TAGGED, {'o'},                       KEYS_FINDING, NULL,      "show only the tagged"},

    {ACTION_PAUSE,       {' ', 'z'},                  KEYS_TIME,    "pause",   "hold the picture, go on"},
    {ACTION_BACK,        {'['},                       KEYS_TIME,    NULL,      "one sample back"},
    {ACTION_FORWARD,     {']'},                       KEYS_TIME,    NULL,      "one sample forward"},
    {ACTION_BACK_FAR,    {'{'},                       KEYS_TIME,    NULL,      "sixty samples back"},
    {ACTION_FORWARD_FAR, {'}'},                       KEYS_TIME,    NULL,      "sixty samples forward"},
    {ACTION_DELAY,       {'d'},                       KEYS_TIME,    "delay",   "time between samples"},
    {ACTION_SAMPLE,      {F(5)},                      KEYS_TIME,    NULL,      "take a sample now"},

    {ACTION_COLUMNS,     {'C', F(2)},                 KEYS_SHOWING, "columns", "choose the columns"},
    {ACTION_CPU_SCALE,   {'c'},                       KEYS_SHOWING, NULL,      "cpu per vcpu, or of host"},
    {ACTION_TOTALS,      {'R'},                       KEYS_SHOWING, NULL,      "rates, or totals"},
    {ACTION_UNITS,       {'u'},                       KEYS_SHOWING, "units",   "bytes: 1024, 1000, plain"},
    {ACTION_THEME,       {'y'},                       KEYS_SHOWING, NULL,      "next colour theme"},
    {ACTION_GLYPHS,      {'x'},                       KEYS_SHOWING, NULL,      "graphs: dots, bars, ASCII"},
    {ACTION_BELL,        {'B'},                       KEYS_SHOWING, NULL,      "ring when it gets critical"},
    {ACTION_SOURCES,     {'!'},                       KEYS_SHOWING, NULL,      "data sources and failures"},

    {ACTION_CLOSE,       {KEYS_ESC},                  KEYS_GENERAL, NULL,      "close, go back, let go"},
    {ACTION_REDRAW,      {KEYS_CTRL('l')},            KEYS_GENERAL, NULL,      "draw the screen anew"},
    {ACTION_QUIT,        {'q', F(10)},                KEYS_GENERAL, "quit",    "quit"},
};

/* Looking back: instead of those of the group Time, and of what other rows have the same key for.
 */
static const struct key past_keys[] = {
    {ACTION_FORWARD,      {'t', ']'},      KEYS_TIME, "step",  "one sample on"},
    {ACTION_BACK,         {'T', '['},      KEYS_TIME, NULL,    "one sample back"},
    {ACTION_FORWARD_FAR,  {'}'},           KEYS_TIME, NULL,    "sixty samples on"},
    {ACTION_BACK_FAR,     {'{'},           KEYS_TIME, NULL,    "sixty samples back"},
    {ACTION_EVENT_NEXT,   {'e'},           KEYS_TIME, "event", "the next event"},
    {ACTION_EVENT_BEFORE, {'E'},           KEYS_TIME, NULL,    "the event before"},
    {ACTION_BAD_NEXT,     {'a'},           KEYS_TIME, NULL,    "the next bad event"},
    {ACTION_BAD_BEFORE,   {'A'},           KEYS_TIME, NULL,    "the bad event before"},
    {ACTION_JUMP,         {'j'},           KEYS_TIME, "jump",  "jump: 10m, -2h, 03:12, end"},
    {ACTION_JUMP_BACK,    {'J'},           KEYS_TIME, NULL,    "jump back by 10m, 2h"},
    {ACTION_PAST_START,   {'('},           KEYS_TIME, NULL,    "to the first sample"},
    {ACTION_PAST_END,     {')'},           KEYS_TIME, NULL,    "to the last, and follow"},
    {ACTION_WIDER,        {'-', '_'},      KEYS_TIME, NULL,    "graphs of a longer time"},
    {ACTION_NARROWER,     {'+', '='},      KEYS_TIME, "zoom",  "graphs of a shorter time"},
    {ACTION_PAUSE,        {' ', 'z'},      KEYS_TIME, "play",  "play on, stop"},
    {ACTION_FASTER,       {'f'},           KEYS_TIME, NULL,    "play faster"},
    {ACTION_SLOWER,       {'F'},           KEYS_TIME, NULL,    "play slower"},
};
/* clang-format on */

static struct key looking_keys[ARRAY_LEN(live_keys) + ARRAY_LEN(past_keys)];

const struct key *keys = live_keys;
size_t key_count = ARRAY_LEN(live_keys);

/* A row without the keys that looking back has taken; false when none is left. */
static bool row_left(const struct key *row, struct key *left)
{
    size_t n = 0;

    *left = *row;
    memset(left->codes, 0, sizeof(left->codes));
    for (size_t c = 0; c < KEYS_EACH; c++) {
        bool taken = !row->codes[c];
        for (size_t i = 0; i < ARRAY_LEN(past_keys) && !taken; i++)
            for (size_t k = 0; k < KEYS_EACH; k++)
                taken |= past_keys[i].codes[k] == row->codes[c];
        if (!taken)
            left->codes[n++] = row->codes[c];
    }
    return n > 0;
}

void keys_look_back(bool looking)
{
    size_t n = 0;

    keys = live_keys;
    key_count = ARRAY_LEN(live_keys);
    if (!looking)
        return;
    for (size_t i = 0; i < ARRAY_LEN(past_keys); i++) /* the footer's first */
        looking_keys[n++] = past_keys[i];
    for (size_t i = 0; i < ARRAY_LEN(live_keys); i++)
        if (live_keys[i].group != KEYS_TIME)
            n += row_left(&live_keys[i], &looking_keys[n]);
    keys = looking_keys;
    key_count = n;
}

enum action key_action(int code)
{
    for (size_t i = 0; i < key_count && code; i++)
        for (size_t c = 0; c < KEYS_EACH; c++)
            if (keys[i].codes[c] == code)
                return keys[i].action;
    return ACTION_NONE;
}

const char *key_group_name(enum key_group group)
{
    static const char *const names[KEY_GROUPS] = {
        [KEYS_MOVING] = "Moving",   [KEYS_VIEWS] = "Views",     [KEYS_SORTING] = "Sorting",
        [KEYS_FINDING] = "Finding", [KEYS_SHOWING] = "Showing", [KEYS_TIME] = "Time",
        [KEYS_GENERAL] = "General",
    };

    return names[group];
}

const char *keys_name(int code, char out[KEY_NAME])
{
    static const char *const named[] = {"Up",   "Down", "Left",      "Right", "PgUp",      "PgDn",
                                        "Home", "End",  "Backspace", "Del",   "Shift-Tab", "Mouse"};

    if (code >= KEYS_F1)
        snprintf(out, KEY_NAME, "F%d", (code - KEYS_F1) % 100 + 1);
    else if (code >= KEYS_UP)
        snprintf(out, KEY_NAME, "%s", named[code - KEYS_UP]);
    else if (code == KEYS_ESC)
        snprintf(out, KEY_NAME, "Esc");
    else if (code == KEYS_ENTER)
        snprintf(out, KEY_NAME, "Enter");
    else if (code == '\t')
        snprintf(out, KEY_NAME, "Tab");
    else if (code == ' ')
        snprintf(out, KEY_NAME, "Space");
    else if (code < ' ')
        snprintf(out, KEY_NAME, "Ctrl-%c", (code & 0x1f) + '@');
    else
        snprintf(out, KEY_NAME, "%c", code & 0x7f);
    return out;
}

size_t keys_names(const struct key *k, char out[KEY_NAMES])
{
    char name[KEY_NAME];
    size_t len = 0;

    out[0] = '\0';
    for (size_t i = 0; i < KEYS_EACH && k->codes[i]; i++) {
        if (k->codes[i] == '\n')
            continue; /* Enter, as some terminals send it */
        len += (size_t)snprintf(out + len, KEY_NAMES - len, "%s%s", len ? " " : "",
                                keys_name(k->codes[i], name));
    }
    return len;
}
