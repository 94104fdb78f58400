/* theme: see theme.h. */
#include "theme.h"

#include <curses.h>
#include <string.h>

#include "../base.h"

#define NONE (-1)

/* A role's colour with 256, 16 and 8 colours (NONE: the terminal's own), and attributes with
 * colours and without. */
struct paint_of {
    short c256, c16, c8;
    attr_t attr, mono;
};

/* clang-format off */
static const struct paint_of dark[ROLE_COUNT] = {
    [ROLE_TEXT] =     {NONE, NONE, NONE, 0, 0},
    [ROLE_DIM] =      {244, 8, NONE, 0, A_DIM},
    [ROLE_STRONG] =   {NONE, NONE, NONE, A_BOLD, A_BOLD},
    [ROLE_ACCENT] =   {75, 12, COLOR_CYAN, A_BOLD, A_BOLD},
    [ROLE_BORDER] =   {239, 8, NONE, 0, A_DIM},
    [ROLE_TRACK] =    {238, 8, NONE, 0, A_DIM},
    [ROLE_LOW] =      {72, 2, COLOR_GREEN, 0, 0},
    [ROLE_MID] =      {179, 3, COLOR_YELLOW, 0, 0},
    [ROLE_HIGH] =     {209, 11, COLOR_YELLOW, 0, A_BOLD},
    [ROLE_FULL] =     {203, 9, COLOR_RED, 0, A_BOLD},
    [ROLE_PAST] =     {66, 6, COLOR_CYAN, 0, 0},
    [ROLE_MEMORY] =   {74, 6, COLOR_CYAN, 0, 0},
    [ROLE_RX] =       {109, 6, COLOR_CYAN, 0, 0},
    [ROLE_TX] =       {139, 5, COLOR_MAGENTA, 0, 0},
    [ROLE_RD] =       {108, 2, COLOR_GREEN, 0, 0},
    [ROLE_WR] =       {180, 3, COLOR_YELLOW, 0, 0},
    [ROLE_RUNNING] =  {78, 10, COLOR_GREEN, 0, A_BOLD},
    [ROLE_WAITING] =  {245, 8, NONE, 0, 0},
    [ROLE_PAUSED] =   {179, 11, COLOR_YELLOW, 0, 0},
    [ROLE_GONE] =     {139, 5, COLOR_MAGENTA, 0, 0},
    [ROLE_WRONG] =    {203, 9, COLOR_RED, A_BOLD, A_BOLD},
    [ROLE_KEY] =      {75, 12, COLOR_CYAN, 0, A_BOLD},
    [ROLE_TAB] =      {231, 15, COLOR_WHITE, A_BOLD, A_REVERSE | A_BOLD},
    [ROLE_WARNING] =  {215, 11, COLOR_YELLOW, A_BOLD, A_BOLD},
    [ROLE_CRITICAL] = {203, 9, COLOR_RED, A_BOLD | A_REVERSE, A_BOLD | A_REVERSE},
    [ROLE_BADGE] =    {16, 0, COLOR_BLACK, A_BOLD, A_REVERSE | A_BOLD},
};

/* With few colours neither yellow, green nor cyan: on white they cannot be read. */
static const struct paint_of light[ROLE_COUNT] = {
    [ROLE_TEXT] =     {236, NONE, NONE, 0, 0},
    [ROLE_DIM] =      {242, 8, NONE, 0, A_DIM},
    [ROLE_STRONG] =   {232, NONE, NONE, A_BOLD, A_BOLD},
    [ROLE_ACCENT] =   {25, 4, COLOR_BLUE, A_BOLD, A_BOLD},
    [ROLE_BORDER] =   {248, 8, NONE, 0, A_DIM},
    [ROLE_TRACK] =    {252, 7, NONE, 0, A_DIM},
    [ROLE_LOW] =      {29, 4, COLOR_BLUE, 0, 0},
    [ROLE_MID] =      {94, 5, COLOR_MAGENTA, 0, 0},
    [ROLE_HIGH] =     {130, 1, COLOR_RED, 0, A_BOLD},
    [ROLE_FULL] =     {160, 1, COLOR_RED, 0, A_BOLD},
    [ROLE_PAST] =     {67, 4, COLOR_BLUE, 0, 0},
    [ROLE_MEMORY] =   {31, 4, COLOR_BLUE, 0, 0},
    [ROLE_RX] =       {30, 4, COLOR_BLUE, 0, 0},
    [ROLE_TX] =       {96, 5, COLOR_MAGENTA, 0, 0},
    [ROLE_RD] =       {64, 4, COLOR_BLUE, 0, 0},
    [ROLE_WR] =       {130, 5, COLOR_MAGENTA, 0, 0},
    [ROLE_RUNNING] =  {28, 4, COLOR_BLUE, 0, A_BOLD},
    [ROLE_WAITING] =  {240, 8, NONE, 0, 0},
    [ROLE_PAUSED] =   {130, 5, COLOR_MAGENTA, 0, 0},
    [ROLE_GONE] =     {96, 8, NONE, 0, 0},
    [ROLE_WRONG] =    {160, 1, COLOR_RED, A_BOLD, A_BOLD},
    [ROLE_KEY] =      {25, 4, COLOR_BLUE, 0, A_BOLD},
    [ROLE_TAB] =      {231, 15, COLOR_WHITE, A_BOLD, A_REVERSE | A_BOLD},
    [ROLE_WARNING] =  {130, 5, COLOR_MAGENTA, A_BOLD, A_BOLD},
    [ROLE_CRITICAL] = {160, 1, COLOR_RED, A_BOLD | A_REVERSE, A_BOLD | A_REVERSE},
    [ROLE_BADGE] =    {16, 0, COLOR_BLACK, A_BOLD, A_REVERSE | A_BOLD},
};

/* Blue to orange, after Okabe and Ito: lightness and the words beside it tell as much as the hue. */
static const struct paint_of safe[ROLE_COUNT] = {
    [ROLE_TEXT] =     {NONE, NONE, NONE, 0, 0},
    [ROLE_DIM] =      {244, 8, NONE, 0, A_DIM},
    [ROLE_STRONG] =   {NONE, NONE, NONE, A_BOLD, A_BOLD},
    [ROLE_ACCENT] =   {117, 14, COLOR_CYAN, A_BOLD, A_BOLD},
    [ROLE_BORDER] =   {239, 8, NONE, 0, A_DIM},
    [ROLE_TRACK] =    {238, 8, NONE, 0, A_DIM},
    [ROLE_LOW] =      {67, 4, COLOR_BLUE, 0, 0},
    [ROLE_MID] =      {117, 14, COLOR_CYAN, 0, 0},
    [ROLE_HIGH] =     {221, 11, COLOR_YELLOW, 0, A_BOLD},
    [ROLE_FULL] =     {208, 15, COLOR_WHITE, A_BOLD, A_BOLD},
    [ROLE_PAST] =     {66, 6, COLOR_CYAN, 0, 0},
    [ROLE_MEMORY] =   {74, 6, COLOR_CYAN, 0, 0},
    [ROLE_RX] =       {110, 12, COLOR_BLUE, 0, 0},
    [ROLE_TX] =       {222, 11, COLOR_YELLOW, 0, 0},
    [ROLE_RD] =       {110, 12, COLOR_BLUE, 0, 0},
    [ROLE_WR] =       {222, 11, COLOR_YELLOW, 0, 0},
    [ROLE_RUNNING] =  {117, 14, COLOR_CYAN, 0, A_BOLD},
    [ROLE_WAITING] =  {245, 8, NONE, 0, 0},
    [ROLE_PAUSED] =   {221, 11, COLOR_YELLOW, 0, 0},
    [ROLE_GONE] =     {175, 13, COLOR_MAGENTA, 0, 0},
    [ROLE_WRONG] =    {208, 15, COLOR_WHITE, A_BOLD, A_BOLD},
    [ROLE_KEY] =      {117, 14, COLOR_CYAN, 0, A_BOLD},
    [ROLE_TAB] =      {231, 15, COLOR_WHITE, A_BOLD, A_REVERSE | A_BOLD},
    [ROLE_WARNING] =  {221, 11, COLOR_YELLOW, A_BOLD, A_BOLD},
    [ROLE_CRITICAL] = {208, 15, COLOR_WHITE, A_BOLD | A_REVERSE, A_BOLD | A_REVERSE},
    [ROLE_BADGE] =    {16, 0, COLOR_BLACK, A_BOLD, A_REVERSE | A_BOLD},
};
/* clang-format on */

/* What a ground does: its colour, the colour of text that has none of its own, and attributes
 * without colours. */
struct ground_of {
    short c256, c16, c8;
    short text256, text16, text8;
    attr_t mono;
};

static const struct ground_of dark_grounds[GROUND_COUNT] = {
    [GROUND_SCREEN] = {NONE, NONE, NONE, NONE, NONE, NONE, 0},
    [GROUND_STRIP] = {235, 0, COLOR_BLUE, 252, 15, COLOR_WHITE, A_REVERSE},
    [GROUND_MARK] = {24, 4, COLOR_CYAN, 231, 15, COLOR_BLACK, A_REVERSE},
};
static const struct ground_of light_grounds[GROUND_COUNT] = {
    [GROUND_SCREEN] = {NONE, NONE, NONE, NONE, NONE, NONE, 0},
    [GROUND_STRIP] = {254, 7, COLOR_BLUE, 236, 0, COLOR_WHITE, A_REVERSE},
    [GROUND_MARK] = {153, 6, COLOR_CYAN, 16, 0, COLOR_BLACK, A_REVERSE},
};

static const struct {
    const char *name;
    const struct paint_of *roles;
    const struct ground_of *grounds;
} themes[THEME_COUNT] = {
    [THEME_DARK] = {"dark", dark, dark_grounds},
    [THEME_LIGHT] = {"light", light, light_grounds},
    [THEME_SAFE] = {"colour-blind", safe, dark_grounds},
    [THEME_MONO] = {"mono", dark, dark_grounds},
};

static const struct ground_of badge = {214, 11, COLOR_YELLOW, 0, 0, 0, 0};
static const struct ground_of tab = {31, 4, COLOR_BLUE, 0, 0, 0, 0};

static enum theme current;

static attr_t attrs[ROLE_COUNT][GROUND_COUNT];

enum depth { MONO, DEPTH_8, DEPTH_16, DEPTH_256, DEPTH_DIRECT };

static enum depth depth;

/* Colours of a terminal whose numbers are red, green and blue, 8 bits each. */
#define COLOURS_DIRECT 0x1000000

static enum depth depth_of(bool colours)
{
    if (!colours || !has_colors() || start_color() == ERR || COLORS < 8 || COLOR_PAIRS < 32)
        return MONO;
    if (COLORS == COLOURS_DIRECT && COLOR_PAIRS >= 128)
        return DEPTH_DIRECT;
    if (COLORS == 256 && COLOR_PAIRS >= 128)
        return DEPTH_256;
    if (COLORS > 256) /* numbers of some other make: only the first eight are the same everywhere */
        return DEPTH_8;
    return COLORS >= 16 ? DEPTH_16 : DEPTH_8;
}

/* The pair of two colours; the same pair for the same colours, as 8-colour terminals have few. */
static short pairs[128][2];

/* A colour of xterm's palette of 256 as the terminal numbers it. */
static int number_of(short colour)
{
    if (depth != DEPTH_DIRECT || colour < 16)
        return colour;
    if (colour >= 232)
        return (8 + 10 * (colour - 232)) * 0x010101;
    int rgb = 0, levels[3] = {(colour - 16) / 36, (colour - 16) / 6 % 6, (colour - 16) % 6};
    for (int i = 0; i < 3; i++)
        rgb = rgb << 8 | (levels[i] ? 55 + 40 * levels[i] : 0);
    return rgb;
}
static short pair_count;

static short pair_of(short text, short ground)
{
    if (text == NONE && ground == NONE)
        return 0;
    for (short i = 1; i < pair_count; i++)
        if (pairs[i][0] == text && pairs[i][1] == ground)
            return i;
    if (pair_count >= COLOR_PAIRS || pair_count >= (short)ARRAY_LEN(pairs))
        return 0;
    pairs[pair_count][0] = text;
    pairs[pair_count][1] = ground;
    init_extended_pair(pair_count, number_of(text), number_of(ground));
    return pair_count++;
}

/* What it lies on: badges and tabs bring their own. */
static const struct ground_of *ground_under(enum role role, enum ground ground)
{
    if (role == ROLE_BADGE)
        return &badge;
    return role == ROLE_TAB ? &tab : &themes[current].grounds[ground];
}

static attr_t coloured(enum role role, enum ground ground)
{
    const struct paint_of *r = &themes[current].roles[role];
    const struct ground_of *g = ground_under(role, ground);
    bool own = role == ROLE_BADGE || role == ROLE_TAB;
    short text, below;

    switch (depth) {
    case DEPTH_DIRECT:
    case DEPTH_256:
        text = r->c256 == NONE ? g->text256 : r->c256;
        below = g->c256;
        break;
    case DEPTH_16:
        /* On the mark, which is a full colour, all text is of the one colour that can be read. */
        text = r->c16 == NONE || (ground == GROUND_MARK && !own) ? g->text16 : r->c16;
        below = g->c16;
        break;
    default:
        /* Few colours: on a coloured ground all text is of the one colour that can be read. */
        text = r->c8 == NONE || (ground != GROUND_SCREEN && !own) ? g->text8 : r->c8;
        below = g->c8;
        break;
    }
    /* Greys chosen for the screen are too faint on the mark. */
    if (depth >= DEPTH_256 && ground == GROUND_MARK && !own && text >= 238 && text < 254)
        text = current == THEME_LIGHT ? 238 : role == ROLE_TRACK ? 67 : 152;
    return (attr_t)COLOR_PAIR(pair_of(text, below)) | r->attr;
}

static attr_t plain(enum role role, enum ground ground)
{
    attr_t attr = themes[current].roles[role].mono;

    if (themes[current].grounds[ground].mono && role != ROLE_TAB) {
        attr &= ~(attr_t)A_DIM; /* dim and reverse together cannot be read everywhere */
        attr = role == ROLE_BADGE ? A_BOLD | A_UNDERLINE
                                  : attr ^ themes[current].grounds[ground].mono;
    }
    return attr;
}

void theme_set(enum theme theme)
{
    bool mono = depth == MONO || theme == THEME_MONO;

    current = theme;
    pair_count = 1; /* pair 0 is the terminal's own */
    for (int r = 0; r < ROLE_COUNT; r++)
        for (int g = 0; g < GROUND_COUNT; g++)
            attrs[r][g] = mono ? plain((enum role)r, (enum ground)g)
                               : coloured((enum role)r, (enum ground)g);
}

void theme_init(bool colours)
{
    depth = depth_of(colours);
    if (depth != MONO && use_default_colors() == ERR)
        assume_default_colors(COLOR_WHITE, COLOR_BLACK);
    theme_set(current);
}

enum theme theme_current(void)
{
    return current;
}

const char *theme_name(enum theme theme)
{
    return themes[theme].name;
}

unsigned theme_attr(enum role role, enum ground ground)
{
    return attrs[role][ground];
}

enum role theme_load(double share)
{
    if (!(share >= 0.5))
        return ROLE_LOW;
    if (share < 0.75)
        return ROLE_MID;
    return share < 0.9 ? ROLE_HIGH : ROLE_FULL;
}

enum role theme_state(const char *word)
{
    static const struct {
        const char *word;
        enum role role;
    } states[] = {
        {"running", ROLE_RUNNING}, {"blocked", ROLE_WAITING}, {"ready", ROLE_WAITING},
        {"paused", ROLE_PAUSED},   {"shutdown", ROLE_GONE},   {"dying", ROLE_GONE},
        {"crashed", ROLE_WRONG},
    };

    for (size_t i = 0; i < ARRAY_LEN(states); i++)
        if (!strcmp(word, states[i].word))
            return states[i].role;
    return ROLE_DIM;
}
