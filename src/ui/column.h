/*
 * column: the columns that a table of domains, vcpus, vifs or vbds can have.
 *
 * Every metric of what the table lists is one, derived from the metric table; a table of domains
 * also has what sums up over devices, a table of devices also has what it should know of their
 * domain; a few more are worked out of several. A column knows its value, its text and how two
 * values compare, by type; it knows no terminal.
 */
#ifndef DOMTOP_UI_COLUMN_H
#define DOMTOP_UI_COLUMN_H

#include "../format.h"
#include "../rate.h"

/* What a table shows, and how values are to be told. */
struct scene {
    const struct snapshot *s;
    const struct rates *r;
    enum format_units units;
    bool cpu_of_host; /* cpu as share of all pcpus, not of one vcpu */
    bool totals;      /* counters since they began, not their rates */
};

enum column_source {
    COLUMN_VALUE,    /* a gauge, a label, or the rate of a counter; summed over devices */
    COLUMN_TOTAL,    /* a counter's total */
    COLUMN_STATE,    /* the state in one word */
    COLUMN_CPU_BUSY, /* cpu as share of its vcpus, 0 to 1 */
    COLUMN_CPU_PAST, /* the same over the last samples */
    COLUMN_MEM_HOST, /* memory as share of the host's */
    COLUMN_MEM_FULL, /* memory as share of what it may have */
    COLUMN_DEVICES,  /* how many devices of metric's entity it has */
    COLUMN_TRAFFIC,  /* bytes per second of a device, both directions */
    COLUMN_ONLINE,   /* whether a vcpu is online, in a word */
    COLUMN_SHARE,    /* a gauge that is a share, 0 to 1 */
    COLUMN_DOM0,     /* dom0's cpu time for it, whatever it went into, 1 is a cpu */
    COLUMN_ON,       /* the device a vbd lies on, and how many lie on it: "dm-3 x4" */
};

enum column_type { COLUMN_NUMBER, COLUMN_TEXT, COLUMN_UUID };
enum column_face {
    FACE_LEFT,
    FACE_TAIL, /* its end tells more than its beginning */
    FACE_RIGHT,
    FACE_STATE,
    FACE_BAR,  /* a share */
    FACE_RANK, /* a bar against the greatest of its column */
    FACE_GRAPH,
};

#define COLUMN_ID 20

struct column {
    char id[COLUMN_ID]; /* the metric's, where it is one */
    const struct metric *metric;
    enum entity of; /* what the rows of its table are */
    enum column_source source;
    enum column_type type;
    enum column_face face;
    int width, want;       /* the least and the most it makes use of */
    int importance;        /* the higher, the longer it stays; 0: not shown, but there to sort by */
    bool descending;       /* the order people want first */
    bool hidden;           /* the user does not want it */
    int fixed;             /* the width the user gave it; 0: none */
    double warn, critical; /* from these values on it is told; NaN: never */
    const char *title, *help;
};

#define COLUMNS_MAX 64

/* What a column that was only there to sort by is worth once it is wanted. */
#define COLUMN_WANTED 25

struct columns {
    struct column at[COLUMNS_MAX];
    size_t count;
};

/* The columns of a table of domains, vcpus, vifs or vbds, in the order they are shown in. */
void columns_build(struct columns *c, enum entity of);

/* The place of a column; c->count where there is none. */
size_t columns_find(const struct columns *c, const char *id);

/* Its width at least, for numbers in these units. */
int column_width(const struct column *c, enum format_units units);

/* Its title in a scene: "HOST%" rather than "CPU%" where cpu is a share of the host. */
const char *column_title(const struct column *c, const struct scene *scene);

/* Whether it stands in the table when there is room. */
bool column_wanted(const struct column *c);

/* Its value as people say it, for filters and thresholds: per cent for shares, else the number. */
double column_spoken(const struct column *c, const struct scene *scene, size_t row);

/* 0: nothing to tell; 1: the value calls for a warning; 2: it is critical. */
int column_alarm(const struct column *c, const struct scene *scene, size_t row);

/* The domain that a row of a table of `of` is or belongs to. */
const struct domain *row_domain(enum entity of, const struct snapshot *s, size_t row);

/* The value in a row. A number is NaN when unknown, a text NULL. */
double column_number(const struct column *c, const struct scene *scene, size_t row);
const char *column_text(const struct column *c, const struct scene *scene, size_t row);
const struct uuid *column_uuid(const struct column *c, const struct scene *scene, size_t row);

/* What a domain is known to cost dom0, 1 is a cpu. all: no part of it is unknown; where one is,
 * this is too low. A part that the domain does without, such as a device model, is 0. */
double column_dom0_least(const struct scene *scene, size_t row, bool *all);

/* The value as people read it; buf is used where it is not already a text. */
const char *column_format(const struct column *c, const struct scene *scene, size_t row,
                          char buf[FORMAT_MAX]);

#endif
