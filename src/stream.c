/* stream: see stream.h. */
#include "stream.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "export/csv.h"
#include "export/json.h"

static volatile sig_atomic_t told_to_stop;
static struct source *volatile sampled; /* for the handler; NULL: not now */

static void on_stop(int signal)
{
    (void)signal;
    told_to_stop = 1;
    struct source *source = sampled;
    if (source && source->interrupt)
        source->interrupt(source);
}

static void catch_signals(void)
{
    struct sigaction stop = {.sa_handler = on_stop};

    sigemptyset(&stop.sa_mask);
    sigaction(SIGINT, &stop, NULL);
    sigaction(SIGTERM, &stop, NULL);
    sigaction(SIGHUP, &stop, NULL);
    /* A reader that left, as in `domtop -b | head -1`, ends this quietly even where whoever
     * started it ignores the signal. */
    signal(SIGPIPE, SIG_DFL);
}

static bool write_all(const struct text *out)
{
    for (size_t done = 0; done < out->len;) {
        ssize_t n = write(STDOUT_FILENO, out->data + done, out->len - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            fprintf(stderr, "domtop: writing to standard output: %s\n", strerror(errno));
            return false;
        }
        done += (size_t)n;
    }
    return true;
}

static void sleep_until(uint64_t mono_ns)
{
    struct timespec at = {(time_t)(mono_ns / NS_PER_S), (long)(mono_ns % NS_PER_S)};

    while (!told_to_stop && clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) == EINTR)
        ;
}

static unsigned wanted(const struct options *o)
{
    switch (o->mode) {
    case MODE_BATCH: return batch_wants(&o->batch);
    case MODE_CSV: {
        unsigned devices = PART(ENTITY_VCPU) | PART(ENTITY_VIF) | PART(ENTITY_VBD);
        return PART(o->csv_entity) | (o->csv_entity == ENTITY_DOMAIN ? devices : 0);
    }
    default: return PART_ALL;
    }
}

static void render(struct batch *batch, struct text *out, const struct snapshot *s,
                   const struct rates *r, const struct options *o)
{
    switch (o->mode) {
    case MODE_JSON: json_render(out, s, r, NULL); break;
    case MODE_CSV:
        if (s->seq == 1)
            csv_header(out, o->csv_entity, false);
        csv_render(out, s, r, NULL, o->csv_entity);
        break;
    default:
        if (s->simulated)
            text_adds(out, "SIMULATED: this host does not exist\n");
        batch_render(batch, out, s, r, &o->batch);
        break;
    }
}

/* What an essential collector said of its failure. */
static void say_failure(const struct snapshot *s, int status)
{
    for (size_t i = 0; i < s->report_count; i++) {
        const struct report *r = &s->reports[i];
        if (r->error == status && r->message) {
            fprintf(stderr, "domtop: %s\n", snapshot_str(s, r->message));
            return;
        }
    }
    fprintf(stderr, "domtop: sampling failed: %s\n", strerror(-status));
}

int stream_run(struct source *source, const struct options *o)
{
    struct snapshot snapshots[2] = {0}, *cur = &snapshots[0], *prev = &snapshots[1];
    struct rates rates = {0};
    struct batch batch = {0};
    struct text out = {0};
    uint64_t delay_ns = (uint64_t)((o->delay_s > 0 ? o->delay_s : STREAM_DELAY_S) *
                                   (double)NS_PER_S);
    int exit_status = EXIT_OK;

    sampled = source;
    catch_signals();
    for (unsigned done = 1;; done++) {
        uint64_t start = clock_mono_ns();
        int status = source->sample(source, cur, wanted(o));
        if (status == -ENODATA && source->pace)
            break; /* the end of what was recorded */
        if (status) {
            say_failure(cur, status);
            exit_status = EXIT_FAILED;
        } else {
            exit_status = EXIT_OK;
            rates_compute(&rates, prev, cur);
            text_clear(&out);
            render(&batch, &out, cur, &rates, o);
            if (!write_all(&out)) {
                exit_status = EXIT_FAILED;
                break;
            }
            struct snapshot *swap = prev;
            prev = cur;
            cur = swap;
        }
        if (told_to_stop || done == o->iterations)
            break;
        sleep_until(start + (source->pace ? source->pace(source) : delay_ns));
        if (told_to_stop)
            break;
    }
    sampled = NULL; /* a further signal finds no source that is being closed */
    text_release(&out);
    batch_release(&batch);
    rates_release(&rates);
    snapshot_release(&snapshots[0]);
    snapshot_release(&snapshots[1]);
    return exit_status;
}
