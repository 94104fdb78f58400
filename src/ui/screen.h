/*
 * screen: what the rooms of the dashboard share: its state, and the shape of a view.
 *
 * A view is one file and one row: something that draws and may act. Overlays lie on top of it in a
 * stack; the one on top is asked first, and what nobody takes input.c does.
 */
#ifndef DOMTOP_UI_SCREEN_H
#define DOMTOP_UI_SCREEN_H

#include "keys.h"
#include "layout.h"
#include "model.h"
#include "paint.h"
#include "table.h"
#include "ui.h"

struct ui;

struct view {
    const char *name;
    enum layout_scope scope;
    struct table *(*table)(struct ui *ui); /* the table it shows; NULL for those without */
    /* Draw within screen; ui->layout says where things are. */
    void (*draw)(struct ui *ui, const struct paint *screen);
    /* Whether it took the action. */
    bool (*act)(struct ui *ui, enum action action);
    /* Takes keys as text, before they are actions. NULL for most. */
    bool (*type)(struct ui *ui, int key);
    /* What is shown changed: a new sample, or a pause began or ended. NULL where nothing is kept.
     */
    void (*sampled)(struct ui *ui);
    /* Whether it took what was done with the mouse. NULL where there is nothing to point at. */
    bool (*mouse)(struct ui *ui, struct mouse mouse);
};

extern const struct view view_domains, view_detail, view_vcpus, view_networks, view_disks,
    view_host, view_events;
extern const struct view overlay_help, overlay_sources, overlay_prompt;

/* The views in the order of their tabs and numbers. */
extern const struct view *const views[];
extern const size_t view_count;

/* A list in an overlay: its mark, and the first line in sight. */
struct menu {
    size_t cursor, top, count, visible;
    struct rect at; /* where its lines were drawn, for the mouse */
};

#define PROMPT_MAX   64
#define PROMPT_WRONG 80
#define SAID_MAX     240
#define VIEWS_MAX    8

struct prompt {
    const char *label;
    char text[PROMPT_MAX];
    char wrong[PROMPT_WRONG]; /* why what was typed cannot be taken */
    /* Take what was typed: false with a word in wrong when it cannot be. */
    bool (*accept)(struct ui *ui, const char *text, char wrong[PROMPT_WRONG]);
    /* What was typed changed: may say a word in wrong. NULL: nothing is done before Enter. */
    void (*changed)(struct ui *ui, const char *text, char wrong[PROMPT_WRONG]);
    void (*cancelled)(struct ui *ui); /* NULL: nothing is to be undone */
};

#define OVERLAYS_MAX 4

/* A line of time on the screen: where, and what it is of. */
struct track {
    uint64_t from_ns, to_ns;
    struct rect at;
};

struct ui {
    const struct ui_config *config;
    const struct source *source;
    struct source past_source; /* looking back: what there is to say of what is looked into */
    struct feed *feed;         /* NULL while looking back */
    struct model model;
    struct layout layout;

    /* What the user may change. */
    enum format_units units;
    bool cpu_of_host, totals, dom0_first, bell;
    double delay_s;
    bool delay_chosen, glyphs_chosen; /* by key, so that they are kept */

    struct table domains, vcpus, vifs, vbds;
    struct tags tags;
    uint64_t taken_ns;      /* when the newest sample came; its own clock may be another */
    uint64_t hold_until_ns; /* rows stay where they are until then (CLOCK_MONOTONIC) */
    size_t critical;        /* rows with something critical, to ring once for each */

    const struct view *view;
    struct row_id subject;    /* the domain of the detail view */
    bool has_subject, chosen; /* and whether the user led to it */
    struct menu list;         /* of a view that is no table */
    uint64_t event;           /* marked in that of events, by its number; 0: the newest */
    size_t found;             /* where a search began */
    char search[PROMPT_MAX];
    char filter_before[FILTER_TEXT];
    char said[SAID_MAX];         /* in the footer until the next key */
    struct rect tabs[VIEWS_MAX]; /* where they were drawn, for the mouse */

    const struct view *overlays[OVERLAYS_MAX];
    size_t overlay_count;
    struct menu menu; /* of the overlay on top */
    struct prompt prompt;
    bool leave;
    bool keys_left;         /* more were typed than one frame takes */
    bool replay;            /* looking back is playing a recording */
    struct track tracks[2]; /* looking back: where they were drawn, for the mouse */
    bool to_event;          /* its domain is to be marked once it is there */
};

struct scene ui_scene(const struct ui *ui);
struct paint ui_paint(const struct paint *screen, struct rect area, enum ground ground);

/* Overlays: one of each kind at most; opening one that is open closes it. */
void overlay_open(struct ui *ui, const struct view *overlay);
void overlay_close(struct ui *ui);

/* Move in a list; whether the action was one of moving. */
bool menu_act(struct menu *m, enum action action);
/* Make a list's mark visible in so many lines. */
void menu_reveal(struct menu *m, size_t count, size_t visible);
/* A list without a mark: what moves is its first line in sight. */
void menu_scroll(struct menu *m, size_t lines, size_t visible);
/* Whether a click was on one of its lines: that is marked then. */
bool menu_click(struct menu *m, struct mouse mouse);

/* The menus of columns of the table in view: to sort by, and to choose from. */
void sort_menu_open(struct ui *ui);
void columns_menu_open(struct ui *ui);

/* Ask for a line of text; the callbacks of p are kept. */
void prompt_open(struct ui *ui, const struct prompt *p);

/* Searching and filtering the table in view. */
void search_open(struct ui *ui);
void search_next(struct ui *ui);
void filter_open(struct ui *ui);

/* A word for the footer until the next key. */
void ui_say(struct ui *ui, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* What is shown changed: every table of it is ordered when it is looked at. */
void ui_changed(struct ui *ui);

/* Take what was typed or pointed at; whether there was anything. */
bool input_take(struct ui *ui);

void view_show(struct ui *ui, const struct view *view);

/* The table in view; NULL where there is none. */
struct table *ui_table(struct ui *ui);

/* The domain marked in the view: false where there is none. */
bool ui_marked(struct ui *ui, struct row_id *id);

/* The parts around a view. */
void title_draw(struct ui *ui, const struct paint *screen);
void footer_draw(struct ui *ui, const struct paint *screen);
void caption_draw(struct ui *ui, const struct paint *screen, size_t visible, size_t aside);

/* Looking back: the title and the strip of time below it, in so many rows of a screen. */
void look_title_draw(struct ui *ui, const struct paint *screen);
int strip_rows(int rows);
void strip_draw(struct ui *ui, const struct paint *screen);

/* What keys do then: whether it took the action. Take what has been read. */
bool look_act(struct ui *ui, enum action action);
void look_take(struct ui *ui);

/* Whether a click was on a strip of time: it leads there. */
bool look_mouse(struct ui *ui, struct mouse mouse);

/* The event at the moment, or before it, by its age. */
size_t look_event_age(const struct ui *ui);

/* The event that the sample shown showed; the worst of several, and how many others there were.
 * NULL where there was none. */
const struct event *look_event_here(const struct visit *l, size_t *others);

/* The host above the domains; and one topic of it above a table of devices. */
void header_draw(struct ui *ui, const struct paint *screen);
enum topic { TOPIC_CPU, TOPIC_NETWORK, TOPIC_DISK };
void topic_draw(struct ui *ui, const struct paint *screen, enum topic topic);

/* Network or disk of the whole host, both directions over the rectangle, with numbers. */
void traffic_draw(const struct ui *ui, const struct paint *p, enum topic topic);

/* The loads of all pcpus, and the columns of a box rows by cols that they are worth. */
void pcpus_draw(const struct ui *ui, const struct paint *p);
int pcpus_width(const struct snapshot *s, int rows, int cols);
/* "8 cores, 2 sockets, 2 NUMA nodes"; empty where nothing is known of it. */
void pcpus_topology(const struct snapshot *s, char *text, size_t cap);
/* Each with its past where there is room for that. */
void pcpus_past_draw(const struct ui *ui, const struct paint *p);
/* How many of so many rows that takes. */
int pcpus_past_rows(const struct snapshot *s, int rows, int cols);

/* How a domain went, at the top of the body: returns the rows it takes. */
int charts_draw(const struct ui *ui, const struct paint *screen, struct rect body,
                const struct domain *d);

/* What of a domain no graph and no table of its devices tells, on a strip at the top of the body:
 * returns the rows it takes. */
int facts_draw(const struct ui *ui, const struct paint *screen, struct rect body,
               const struct domain *d);
/* "3d 4h", "4h 12m", "12m": nobody wants the seconds of an age. */
void facts_age(char out[FORMAT_MAX], uint64_t ns);

/* A view that is a table: what its row in the registry names. */
void table_view_draw(struct ui *ui, const struct paint *screen);
bool table_view_act(struct ui *ui, enum action action);
void table_view_sampled(struct ui *ui);
bool table_view_mouse(struct ui *ui, struct mouse mouse);

/* Order the table in view anew, at once. */
void table_view_sort(struct ui *ui);
void table_sort_by(struct ui *ui, struct table *t, size_t column);

/* A table's columns in so many columns of the screen; returns how many stepped aside. own: only
 * what is the rows' own, not their domain's. */
size_t table_place(const struct ui *ui, const struct table *t, struct slot slots[COLUMNS_MAX],
                   int cols, bool own);
void table_heading(const struct ui *ui, const struct paint *p, const struct table *t,
                   const struct slot *slots);
void table_row(const struct ui *ui, const struct paint *p, const struct table *t,
               const struct slot *slots, size_t row);

#endif
