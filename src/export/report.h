/*
 * report: what happened in a span of time, for the morning after: data, and its three renderings.
 * Pure: whoever fills it (account.c) reads the past, whoever renders it only writes text.
 *
 * Times are nanoseconds since 1970; NaN and 0 (of times) are unknown. Strings are owned by the
 * report and sanitised by where they came from; renderings escape what their format needs.
 */
#ifndef DOMTOP_REPORT_H
#define DOMTOP_REPORT_H

#include "../base.h"
#include "../events.h"

#define REPORT_SCHEMA 1
#define REPORT_PARTS  96      /* of a graph */
#define REPORT_EVENTS 1000000 /* are told at most */
#define REPORT_TOP    10

/* What is told of the host and of each domain. */
enum report_series {
    REPORT_CPU, /* share of one cpu; of the host: of all pcpus */
    REPORT_MEM, /* bytes */
    REPORT_RX,  /* bytes per second; the guest receives */
    REPORT_TX,
    REPORT_RD,
    REPORT_WR,
    REPORT_RD_LAT, /* nanoseconds; of its slowest disk */
    REPORT_WR_LAT,
    REPORT_WAIT, /* share of its vcpus' time spent ready, not run; est. */
    REPORT_SERIES
};

struct report_value {
    double mean;    /* over the time it is known */
    double share;   /* of the span that time is */
    double peak;    /* the highest sample that is left of that time */
    uint64_t at_ns; /* when */
    float *parts;   /* REPORT_PARTS means; NULL: not known at all */
    float *peaks;   /* and the highest of each */
};

struct report_domain {
    char *name; /* the last it had in the span; NULL: unknown */
    struct uuid uuid;
    bool there; /* at the end of the span */
    struct report_value values[REPORT_SERIES];
};

struct report_gap {
    uint64_t from_ns, to_ns; /* to_ns 0: not over */
    char *why;               /* NULL: nobody knows */
};

/* For how long something was at its limit. */
struct report_saturation {
    const char *what; /* "CPU of the host" */
    double limit;     /* 0.9 */
    double share;     /* of the known time above it; NaN: unknown */
    uint64_t time_ns;
};

struct account {
    char *store, *host, *xen; /* where from; NULL: unknown */
    bool simulated;
    uint64_t from_ns, to_ns, made_ns;
    uint64_t resolution_ns;    /* a value stands for so long, at the start of the span */
    uint64_t recorded_ns;      /* of the span, so much was recorded */
    uint64_t pcpus, mem_bytes; /* UNKNOWN where they are */
    struct report_value host_values[REPORT_SERIES];
    struct report_value dom0_cpu;
    struct report_saturation saturation[4];
    size_t saturation_count;
    struct report_domain *domains;
    size_t domain_count, domain_cap;
    struct report_gap *gaps;
    size_t gap_count, gap_cap;
    struct event *events; /* oldest first */
    size_t event_count;
    bool events_cut;    /* there were more: these are the newest */
    struct text damage; /* a line for each thing left out */
    size_t top;         /* domains in a table */
};

void report_init(struct account *r);
void report_release(struct account *r);

/* The tables: by what domains are ranked, highest first. */
enum report_table { TABLE_CPU, TABLE_NET, TABLE_DISK, TABLE_LATENCY, TABLE_MEM, REPORT_TABLES };

struct report_table_info {
    const char *title, *id;      /* "Network", "network" */
    enum report_series a, b;     /* what its rows show; the same where it is one */
    const char *a_word, *b_word; /* "in", "out" */
};
const struct report_table_info *report_table(enum report_table table);

/* The first cap domains of a table: by what they had in all, or by the highest latency; those with
 * nothing are left out. Returns how many. */
size_t report_rank(const struct account *r, enum report_table table, size_t *out, size_t cap);

/* The greater peak of both of a table's series; which says which. */
const struct report_value *report_peak(const struct report_domain *d, enum report_table table,
                                       const char **which);

/* The name to show; buf holds UUID_TEXT bytes. */
const char *report_name(const struct report_domain *d, char buf[UUID_TEXT]);

/* A value of that series as people read it. */
int report_number(char *out, enum report_series series, double value);

/* A time within the span: with its day where the span has several; local zone. */
int report_time(char *out, const struct account *r, uint64_t wall_ns);

/* 80 columns. utf8: graphs of blocks and dashes of their own; else ASCII. */
void report_text(struct text *out, const struct account *r, bool utf8);
/* One object, indented by nobody, with a newline. Only adds fields while the schema stays. */
void report_json(struct text *out, const struct account *r);
/* One file that needs nothing else: no script, no font, nothing from elsewhere. */
void report_html(struct text *out, const struct account *r);

#endif
